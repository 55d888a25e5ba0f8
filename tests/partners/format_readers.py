"""format_readers.py FOLDER: reads each registry that lies there in several formats (N.json, N.yaml, …) with the
usual readers, and says where one of them reads something else than JSON's. Exit code 1 when one does."""
import configparser
import json
import pathlib
import subprocess
import sys
import tomllib
import urllib.parse

import yaml

failures = 0


def differ(path, what, wanted, got):
    global failures
    failures += 1
    print(f"{path}: {what}: wanted {wanted!r}, got {got!r}")


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def ini_value(text):
    """What a value means: text in double quotes and what is in brackets are JSON."""
    return json.loads(text) if text[:1] == '"' else text


def ini_list(text):
    return [ini_value(item) for item in text.split(", ")] if text else []


def ini_section(service, instance=None):
    """A section's name, as the README says it is made."""
    for name in configured:
        plain = json.loads(name) if name[:1] == '"' else name
        wanted = service if instance is None else f"{service}/{instance}"
        if plain == wanted and (instance is not None) == ("/" in name):
            return configured[name]
    return None


def check_ini(path, services):
    global configured
    configured = configparser.ConfigParser()
    configured.optionxform = str
    configured.read(path)
    sections = 0
    for name, service in services.items():
        section = ini_section(name)
        if section is None:
            differ(path, "section", name, configured.sections())
            continue
        sections += 1
        for key in "project", "version", "environment", "status", "url", "protocol", "host", "health_endpoint":
            wanted = service[key]
            got = section[key]
            if (wanted is None) != (got == "") or wanted is not None and ini_value(got) != wanted:
                differ(path, f"{name} {key}", wanted, got)
        if (section["serving"] == "true") != service["serving"]:
            differ(path, f"{name} serving", service["serving"], section["serving"])
        for key in "endpoints", "fallback_urls", "tags":
            if ini_list(section[key]) != service[key]:
                differ(path, f"{name} {key}", service[key], section[key])
        for key in "metadata", "ports":
            if json.loads(section[key]) != service[key]:
                differ(path, f"{name} {key}", service[key], section[key])
        for instance in service["instances"]:
            section = ini_section(name, instance["container"])
            sections += 1
            if section is None or ini_value(section["url"]) != instance["url"]:
                differ(path, f"{name} {instance['container']}", instance["url"], section and dict(section))
    if sections != len(configured.sections()):
        differ(path, "sections", sections, configured.sections())


def env_name(name):
    raw = name.encode()
    text = "".join(chr(c).upper() if chr(c).isascii() and chr(c).isalnum() else "_" for c in raw)
    return "_" + text if text[0].isdigit() else text


def shell_reads(path, names):
    """The variables as a shell has them that sourced the file, in an empty folder: nothing may come into it."""
    script = f'. {path.resolve()}; for name in "$@"; do eval "printf \'%s\\0\' \\"\\${{$name}}\\""; done'
    empty = path.parent / "empty"
    empty.mkdir(exist_ok=True)
    done = subprocess.run(["sh", "-euc", script, "sh", *names], cwd=empty, capture_output=True)
    if done.returncode or done.stderr or list(empty.iterdir()):
        differ(path, "shell", "", (done.stderr, list(empty.iterdir())))
    return dict(zip(names, done.stdout.decode().split("\0")))


def check_env(path, services):
    lines = [line for line in path.read_text().split("\n") if line and line[0] != "#"]
    docker = dict(line.split("=", 1) for line in lines)
    if len(docker) != len(lines):
        differ(path, "variables", len(lines), len(docker))
    shell = shell_reads(path, list(docker))
    if shell != docker:
        differ(path, "shell", docker, shell)
    seen = set()
    for name, service in services.items():
        prefix = env_name(name)
        if prefix in seen:
            continue
        seen.add(prefix)
        plain = {"URL": service["url"], "HOST": service["host"], "HEALTH_ENDPOINT": service["health_endpoint"]}
        for key, wanted in plain.items():
            got = docker.get(f"{prefix}_{key}")
            if got is None and f"{prefix}_{key}" == "DOCKER_HOST":
                continue
            if got is None or urllib.parse.unquote(got) != urllib.parse.unquote(wanted or ""):
                differ(path, f"{prefix}_{key}", wanted, got)
        wanted = [url for url in service["endpoints"] if url != service["url"]] + service["fallback_urls"]
        got = docker[f"{prefix}_FALLBACK_URLS"]
        if list(map(urllib.parse.unquote, got.split(","))) != list(map(urllib.parse.unquote, wanted or [""])):
            differ(path, f"{prefix}_FALLBACK_URLS", wanted, got)
    if len(seen) * 6 - ("DOCKER" in seen) != len(docker):
        differ(path, "variables", len(seen) * 6, len(docker))


def check_prometheus(path, services):
    groups = json.loads(path.read_text())
    expected = [instance["container"] for service in services.values() for instance in service["instances"]
                if service["metadata"].get("prometheus.io/scrape", "true") != "false"]
    got = [group["labels"].get("__meta_quaywatch_container", "") for group in groups]
    if got != expected:
        differ(path, "containers", expected, got)


def main():
    folder = pathlib.Path(sys.argv[1])
    count = 0
    for path in sorted(folder.glob("*.json")):
        tree = json.loads(path.read_text())
        services = tree["services"]
        loaded = yaml.safe_load(path.with_suffix(".yaml").read_text())
        if loaded != tree:
            differ(path, "yaml", tree, loaded)
        loaded = tomllib.loads(path.with_suffix(".toml").read_text())
        if loaded != without_nulls(tree):
            differ(path, "toml", tree, loaded)
        check_ini(path.with_suffix(".ini"), services)
        check_env(path.with_suffix(".env"), services)
        check_prometheus(path.with_suffix(".prometheus"), services)
        count += 1
    print(f"{count} registries, {failures} differences")
    sys.exit(1 if failures or not count else 0)


main()
