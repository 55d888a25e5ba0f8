#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""register.py PORT TOKEN HOST: an application that registers itself by python3-consul2, as it would with a Consul agent,
and one that looks for it. HOST is where it is."""
import sys
import threading
import time

import consul

port, token, host = int(sys.argv[1]), sys.argv[2], sys.argv[3]
agent = consul.Consul(host="127.0.0.1", port=port, token=token)
reader = consul.Consul(host="127.0.0.1", port=port)


def ids(**more):
    return sorted(entry["Service"]["ID"] for entry in reader.health.service("job", **more)[1])


def status(check):
    return {one["CheckID"]: one["Status"] for one in reader.health.checks("job")[1]}.get(check)


def wait(what, expected):
    end = time.monotonic() + 20
    while what() != expected:
        assert time.monotonic() < end, f"{what()} is not {expected}"
        time.sleep(0.05)


def wakes(index):
    """The time that a blocking question takes to come back with another index."""
    began = time.monotonic()
    new, _ = reader.health.service("job", index=index, wait="20s")
    assert int(new) > int(index), (new, index)
    return time.monotonic() - began


# Registered: critical until it says otherwise, under an id that no path of ours could hold.
ID = "job/1:eu"
CHECK = "service:" + ID
assert agent.agent.service.register(
    "job", service_id=ID, address=host, port=8080, tags=["blue", "traefik.http.routers.j.rule=Host(`j.example`)"],
    meta={"version": "1.2"},
    check=consul.Check.ttl("2s")) is True
wait(lambda: ids(), [ID])
assert ids(passing=True) == [] and status(CHECK) == "critical"
assert "job" in reader.catalog.services()[1]
assert "blue" in reader.catalog.services()[1]["job"]
one = reader.catalog.service("job")[1][0]
assert (one["ServiceAddress"], one["ServicePort"], one["ServiceMeta"]["version"]) == (host, 8080, "1.2"), one
assert reader.agent.services()[ID]["Weights"]["Passing"] == 1
assert CHECK in reader.agent.checks()
assert [node["Node"] for node in reader.catalog.nodes()[1]] == [reader.agent.self()["Config"]["NodeName"]]

# It passes, and whoever waits hears of it; warns; and is silent for too long.
index = reader.health.service("job")[0]
threading.Timer(0.5, lambda: agent.agent.check.ttl_pass(CHECK, "all is well")).start()
took = wakes(index)
assert 0.3 < took < 10, took
assert ids(passing=True) == [ID]
assert [one["Output"] for one in reader.health.checks("job")[1]] == ["all is well"]
assert agent.agent.check.ttl_warn(CHECK, "busy") is True
wait(lambda: status(CHECK), "warning")
assert ids(passing=True) == [] and ids() == [ID]
assert agent.agent.check.ttl_pass(CHECK) is True
wait(lambda: ids(passing=True), [ID])
index = reader.health.service("job")[0]
took = wakes(index)
assert 0.5 < took < 10, took
assert status(CHECK) == "critical"
assert "TTL expired" in reader.health.checks("job")[1][0]["Output"]
assert agent.agent.check.ttl_pass(CHECK) is True
wait(lambda: ids(passing=True), [ID])
assert agent.agent.check.ttl_fail(CHECK, "broken") is True
wait(lambda: status(CHECK), "critical")
assert CHECK in [one["CheckID"] for one in reader.health.state("critical")[1]]

# More checks, one at a time; the worst counts.
assert agent.agent.check.register("queue", check=consul.Check.ttl("30s"), service_id=ID) is True
assert agent.agent.check.ttl_pass("queue") is True
assert agent.agent.service.register("job", service_id=ID, address=host, port=8080,
                                    check=consul.Check.ttl("60s")) is True
assert agent.agent.check.ttl_pass(CHECK) is True
wait(lambda: ids(passing=True), [ID])
assert status("queue") == "passing"
agent.agent.check.ttl_fail("queue")
wait(lambda: ids(passing=True), [])
assert agent.agent.check.deregister("queue") is True
wait(lambda: ids(passing=True), [ID])

# Taken out, and put back.
assert agent.agent.service.maintenance(ID, "true", "repairs") is True
wait(lambda: ids(passing=True), [])
assert status("_service_maintenance:" + ID) == "critical"
assert agent.agent.service.maintenance(ID, "false") is True
wait(lambda: ids(passing=True), [ID])

# Only who has the token, and only what there is.
try:
    reader.agent.service.deregister(ID)
    raise SystemExit("deregistered without a token")
except consul.ACLPermissionDenied as error:
    assert "Permission denied" in str(error), error
assert agent.agent.check.ttl_pass("nothing") is False
assert agent.agent.service.deregister("nothing") is False

assert agent.agent.service.deregister(ID) is True
wait(lambda: ids(), [])
wait(lambda: "job" in reader.catalog.services()[1], False)

# Through the catalogue, as for what cannot speak for itself.
assert agent.catalog.register("printer", host, service={"service": "print", "id": "p1", "port": 8080}) is True
wait(lambda: [one["ServiceAddress"] for one in reader.catalog.service("print")[1]], [host])
assert agent.catalog.deregister("printer", service_id="p1") is True
wait(lambda: reader.catalog.service("print")[1], [])

# What there is not says so.
assert reader.kv.get("config/application")[1] is None
assert reader.session.list()[1] == []
print("registered, found, silent, and gone")
