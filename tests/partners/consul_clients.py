#!/usr/bin/python3
"""consul_clients.py PORT: an independent client (Debian's python3-consul2) against what serves Consul's API there."""
import sys
import time

import consul

agent = consul.Consul(port=int(sys.argv[1]))


def nodes(name, **query):
    return agent.health.service(name, **query)


check = consul.Check.ttl("1s")
assert agent.agent.service.register("web", service_id="web-1", address="10.0.0.1", port=80, tags=["a"], check=check)
index, found = nodes("web")
assert [n["Checks"][0]["Status"] for n in found] == ["critical"], found
assert found[0]["Service"]["Address"] == "10.0.0.1" and found[0]["Service"]["Tags"] == ["a"]
assert agent.agent.check.ttl_pass("service:web-1")
index, found = nodes("web", passing=True)
assert len(found) == 1
started = time.monotonic()
index, found = nodes("web", passing=True, index=index, wait="10s")  # woken by the end of the TTL
assert not found and 0.5 < time.monotonic() - started < 5, (found, time.monotonic() - started)
assert agent.catalog.services()[1] == {"web": ["a"]}
assert "web-1" in agent.agent.services() and "service:web-1" in agent.agent.checks()

mine = agent.session.create(name="mine", ttl=10, behavior="delete", lock_delay=0)
other = agent.session.create(name="other", ttl=10, behavior="release", lock_delay=0)
assert agent.kv.put("leader", "me", acquire=mine) is True
assert agent.kv.put("leader", "you", acquire=other) is False
entry = agent.kv.get("leader")[1]
assert entry["Session"] == mine and entry["LockIndex"] == 1 and entry["Value"] == b"me", entry
assert agent.session.renew(mine)["ID"] == mine
assert agent.session.destroy(mine) is True
assert agent.kv.get("leader")[1] is None
assert agent.kv.put("leader", "you", acquire=other) is True
assert agent.kv.put("leader", "you", release=other) is True
assert "Session" not in agent.kv.get("leader")[1]
agent.session.destroy(other)
assert agent.kv.delete("leader")

assert agent.agent.service.deregister("web-1")
assert nodes("web")[1] == []
print("ok")
