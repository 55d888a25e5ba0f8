#!/usr/bin/python3
"""fake_consul.py PORT [TOKEN]: as much of a Consul agent, in memory, as service registration needs: agent services
and TTL checks, health and catalogue with blocking queries, sessions, the key/value store. Written from Consul's API
documentation; consul_clients.py holds an independent client against it."""
import base64
import json
import re
import sys
import threading
import time
import urllib.parse
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NODE = {"ID": str(uuid.uuid4()), "Node": "fake", "Address": "127.0.0.1", "Datacenter": "dc1"}
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
META_KEY = re.compile(r"^[A-Za-z0-9_-]{1,128}$")


def seconds(text):
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise ValueError("invalid duration " + text)
    return sum(float(n) * UNITS[u] for n, u in parts)


def field(body, name):
    """CamelCase and snake_case are taken alike."""
    for key, value in body.items():
        if key.replace("_", "").lower() == name.lower():
            return value
    return None


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Agent:
    def __init__(self):
        self.changed = threading.Condition()
        self.index = 1
        self.services, self.checks, self.sessions, self.kv, self.delays = {}, {}, {}, {}, {}
        threading.Thread(target=self.expire, daemon=True).start()

    def touch(self):
        self.index += 1
        self.changed.notify_all()
        return self.index

    def expire(self):
        while True:
            time.sleep(0.05)
            with self.changed:
                now = time.monotonic()
                for check in list(self.checks.values()):
                    if check["Status"] != "critical" and now > check["until"]:
                        check.update(Status="critical", Output="TTL expired", since=now)
                        self.touch()
                    after = check["after"]
                    if after and check["Status"] == "critical" and now - check["since"] > after:
                        self.deregister(check["ServiceID"])
                for session in list(self.sessions.values()):
                    if now > session["until"]:
                        self.destroy(session["ID"])

    def register(self, body):
        name, meta = field(body, "Name"), field(body, "Meta") or {}
        if not name or not isinstance(name, str):
            raise Refused(400, "Missing service name")
        if len(meta) > 64 or any(not META_KEY.match(k) or len(v) > 512 for k, v in meta.items()):
            raise Refused(400, "Invalid Service Meta")
        ident = field(body, "ID") or name
        self.services[ident] = {
            "ID": ident, "Service": name, "Tags": field(body, "Tags") or [], "Meta": meta,
            "Port": field(body, "Port") or 0, "Address": field(body, "Address") or "",
            "Weights": field(body, "Weights") or {"Passing": 1, "Warning": 1}, "EnableTagOverride": False}
        check = field(body, "Check")
        if check:
            check_id = field(check, "CheckID") or "service:" + ident
            ttl, after = field(check, "TTL"), field(check, "DeregisterCriticalServiceAfter")
            if not ttl:
                raise Refused(400, "Only TTL checks here")
            self.checks[check_id] = {
                "CheckID": check_id, "Name": field(check, "Name") or name, "ServiceID": ident, "ServiceName": name,
                "Status": field(check, "Status") or "critical", "Output": "", "ttl": seconds(ttl),
                "until": time.monotonic() + seconds(ttl), "since": time.monotonic(),
                "after": seconds(after) if after else 0}
        self.touch()

    def deregister(self, ident):
        if self.services.pop(ident, None) is None:
            raise Refused(404, "Unknown service ID \"%s\". Ensure that the service ID is passed" % ident)
        self.checks = {k: c for k, c in self.checks.items() if c["ServiceID"] != ident}
        self.touch()

    def update(self, check_id, status, output):
        check = self.checks.get(check_id)
        if not check:
            raise Refused(404, "Unknown check ID \"%s\"" % check_id)
        if status not in ("passing", "warning", "critical"):
            raise Refused(400, "Invalid check status: '%s'" % status)
        if check["Status"] != status:
            check.update(Status=status, since=time.monotonic())
            self.touch()
        check.update(Output=output, until=time.monotonic() + check["ttl"])

    def destroy(self, ident):
        session = self.sessions.pop(ident, None)
        if session:
            for key in [k for k, e in self.kv.items() if e.get("Session") == ident]:
                self.delays[key] = time.monotonic() + session["delay"]
                if session["Behavior"] == "delete":
                    del self.kv[key]
                else:
                    self.kv[key].pop("Session")
        self.touch()

    def put(self, key, value, query):
        entry = self.kv.get(key)
        acquire, release = query.get("acquire"), query.get("release")
        if acquire:
            if acquire not in self.sessions:
                raise Refused(500, "invalid session \"%s\"" % acquire)
            if entry and entry.get("Session") not in (None, acquire):
                return False
            if time.monotonic() < self.delays.get(key, 0):
                return False
        if release and (not entry or entry.get("Session") != release):
            return False
        if "cas" in query and int(query["cas"]) != (entry["ModifyIndex"] if entry else 0):
            return False
        index = self.touch()
        new = {"Key": key, "Flags": int(query.get("flags", 0)), "Value": base64.b64encode(value).decode(),
               "CreateIndex": entry["CreateIndex"] if entry else index, "ModifyIndex": index,
               "LockIndex": entry["LockIndex"] if entry else 0}
        held = entry.get("Session") if entry else None
        if acquire:
            new["LockIndex"] += held != acquire
            new["Session"] = acquire
        elif held and not release:
            new["Session"] = held
        self.kv[key] = new
        return True

    def shown(self, check):
        return {"Node": NODE["Node"], "Type": "ttl",
                **{k: check[k] for k in ("CheckID", "Name", "Status", "Output", "ServiceID", "ServiceName")},
                "Notes": "", "ServiceTags": self.services[check["ServiceID"]]["Tags"]}

    def health(self, name, query):
        ret = []
        for service in self.services.values():
            checks = [self.shown(c) for c in self.checks.values() if c["ServiceID"] == service["ID"]]
            if service["Service"] != name or ("tag" in query and query["tag"] not in service["Tags"]):
                continue
            if "passing" in query and any(c["Status"] != "passing" for c in checks):
                continue
            ret.append({"Node": NODE, "Service": service, "Checks": checks})
        return ret


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    agent, token = None, ""

    def log_message(self, *_):
        pass

    def answer(self, status, value, plain=False):
        data = value.encode() if plain else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if plain else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Consul-Index", str(self.agent.index))
        self.end_headers()
        self.wfile.write(data)

    def handle_one(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        parts = [urllib.parse.unquote(p) for p in url.path.split("/")[2:]]
        given = self.headers.get("X-Consul-Token") or query.get("token", "")
        try:
            if self.token and given != self.token:
                raise Refused(403, "Permission denied: token lacks permission")
            with self.agent.changed:
                if self.command == "GET":
                    self.wait(query)
                    self.answer(*self.get(parts, query))
                else:
                    self.answer(*self.put(parts, query, raw))
        except Refused as refused:
            self.answer(refused.status, str(refused), True)
        except ValueError as wrong:
            self.answer(400, str(wrong), True)

    do_GET = do_PUT = do_DELETE = handle_one

    def wait(self, query):
        index = int(query.get("index") or 0)
        end = time.monotonic() + seconds(query.get("wait") or "5m")
        while index and self.agent.index <= index and time.monotonic() < end:
            self.agent.changed.wait(end - time.monotonic())

    def get(self, parts, query):
        agent = self.agent
        if parts == ["agent", "services"]:
            return 200, agent.services
        if parts == ["agent", "checks"]:
            return 200, {k: agent.shown(c) for k, c in agent.checks.items()}
        if parts == ["catalog", "services"]:
            names = {}
            for service in agent.services.values():
                names[service["Service"]] = sorted(set(names.get(service["Service"], []) + service["Tags"]))
            return 200, names
        if parts[:2] == ["health", "service"]:
            return 200, agent.health(parts[2], query)
        if parts[:2] == ["session", "list"] or parts[:2] == ["session", "info"]:
            keep = parts[2] if len(parts) > 2 else None
            return 200, [{k: s[k] for k in ("ID", "Name", "TTL", "Behavior")} for s in agent.sessions.values()
                         if keep in (None, s["ID"])]
        if parts[0] == "kv":
            entry = agent.kv.get("/".join(parts[1:]))
            return (200, [entry]) if entry else (404, "", True)
        if parts == ["agent", "self"]:
            return 200, {"Config": {"Datacenter": "dc1", "NodeName": NODE["Node"]}}
        return 404, "", True

    def put(self, parts, query, raw):
        agent, what = self.agent, "/".join(parts[:3])
        if what == "agent/service/register":
            agent.register(json.loads(raw))
        elif what == "agent/service/deregister":
            agent.deregister(parts[3])
        elif what == "agent/check/update":
            body = json.loads(raw)
            agent.update(parts[3], body.get("Status"), body.get("Output", ""))
        elif what in ("agent/check/pass", "agent/check/warn", "agent/check/fail"):
            status = {"pass": "passing", "warn": "warning", "fail": "critical"}[parts[2]]
            agent.update(parts[3], status, query.get("note", ""))
        elif what == "session/create":
            body = json.loads(raw or b"{}")
            ttl = field(body, "TTL") or ""
            if ttl and not 10 <= seconds(ttl) <= 86400:
                raise Refused(400, "Invalid Session TTL '%s', must be between [10s=24h0m0s]" % ttl)
            delay = field(body, "LockDelay")
            delay = "15s" if delay is None else delay
            session = {"ID": str(uuid.uuid4()), "Name": field(body, "Name") or "", "TTL": ttl,
                       "Behavior": field(body, "Behavior") or "release",
                       "delay": delay if isinstance(delay, int) else seconds(delay)}
            session["until"] = time.monotonic() + seconds(ttl) if ttl else float("inf")
            agent.sessions[session["ID"]] = session
            agent.touch()
            return 200, {"ID": session["ID"]}
        elif parts[:2] == ["session", "renew"]:
            session = agent.sessions.get(parts[2])
            if not session:
                return 404, "Session id '%s' not found" % parts[2], True
            session["until"] = time.monotonic() + seconds(session["TTL"])
            return 200, [{k: session[k] for k in ("ID", "Name", "TTL", "Behavior")}]
        elif parts[:2] == ["session", "destroy"]:
            agent.destroy(parts[2])
            return 200, True
        elif parts[0] == "kv" and self.command == "DELETE":
            agent.kv.pop("/".join(parts[1:]), None)
            agent.touch()
            return 200, True
        elif parts[0] == "kv":
            return 200, agent.put("/".join(parts[1:]), raw, query)
        else:
            return 404, "", True
        return 200, "", True


Handler.agent = Agent()
Handler.token = sys.argv[2] if len(sys.argv) > 2 else ""
ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
