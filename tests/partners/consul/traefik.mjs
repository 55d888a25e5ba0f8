/* SPDX-License-Identifier: MIT */
/* traefik.mjs PORT: asks what Traefik's consulCatalog provider asks, in the same order and with the same parameters, takes
 * the answers apart as strictly as its Go types do, and prints the servers that it would route to, one line each time they
 * change: by watches of the services and of all checks. */
import assert from 'node:assert/strict';

const [port] = process.argv.slice(2);

function number(headers, name) {
  const text = headers.get(name);
  assert.match(text ?? '', /^\d+$/, name);
  assert.ok(BigInt(text) < 1n << 64n);
  return BigInt(text);
}

/* As its client does: the headers are read, and anything but a 200 is an error. */
async function ask(path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const text = await response.text();
  assert.equal(response.status, 200, `${path}: ${text}`);
  number(response.headers, 'X-Consul-LastContact');
  assert.equal(response.headers.get('X-Consul-KnownLeader'), 'true');
  return { index: number(response.headers, 'X-Consul-Index'), body: JSON.parse(text) };
}

const text = (value, what) => assert.equal(typeof value, 'string', what);
const whole = (value, what) => assert.ok(Number.isSafeInteger(value), what);
function texts(object, what) {
  assert.ok(object && !Array.isArray(object), what);
  Object.entries(object).forEach(([key, value]) => text(value, `${what}.${key}`));
}
function list(value, what) {
  assert.ok(Array.isArray(value), `${what} is no list`);
  value.forEach((item, i) => text(item, `${what}[${i}]`));
}

function check(one) {
  for (const name of ['Node', 'CheckID', 'Name', 'Status', 'Notes', 'Output', 'ServiceID', 'ServiceName', 'Type']) {
    text(one[name], `check ${name}`);
  }
  list(one.ServiceTags, 'check ServiceTags');
  whole(one.CreateIndex, 'check CreateIndex');
  whole(one.ModifyIndex, 'check ModifyIndex');
}

function entry(one) {
  for (const name of ['ID', 'Node', 'Address', 'Datacenter']) text(one.Node[name], `Node.${name}`);
  texts(one.Node.TaggedAddresses, 'Node.TaggedAddresses');
  texts(one.Node.Meta, 'Node.Meta');
  for (const name of ['ID', 'Service', 'Address']) text(one.Service[name], `Service.${name}`);
  list(one.Service.Tags, 'Service.Tags');
  texts(one.Service.Meta, 'Service.Meta');
  whole(one.Service.Port, 'Service.Port');
  whole(one.Service.Weights.Passing, 'Weights.Passing');
  whole(one.Service.Weights.Warning, 'Weights.Warning');
  assert.equal(typeof one.Service.EnableTagOverride, 'boolean');
  one.Checks.forEach(check);
}

/* The worst of the checks, where maintenance is worse than all. */
function status(checks) {
  if (checks.some((one) => one.CheckID === '_node_maintenance' || one.CheckID.startsWith('_service_maintenance:'))) {
    return 'maintenance';
  }
  for (const word of ['critical', 'warning']) if (checks.some((one) => one.Status === word)) return word;
  return 'passing';
}

async function load() {
  const { body: services } = await ask('/v1/catalog/services?stale=');
  const lines = [];
  for (const [name, tags] of Object.entries(services)) {
    list(tags, `tags of ${name}`);
    if (!tags.includes('traefik.enable=true') || tags.includes('traefik.enable=false')) continue;
    /* Versions before 2.5 pair the catalogue's list with that of health by their places. */
    const { body: catalogue } = await ask(`/v1/catalog/service/${name}?stale=&tag=traefik.enable%3Dtrue`);
    const { body: entries } = await ask(`/v1/health/service/${name}?stale=&tag=traefik.enable%3Dtrue`);
    entries.forEach(entry);
    assert.deepEqual(catalogue.map((one) => one.ServiceID), entries.map((one) => one.Service.ID));
    for (const { Node, Service, Checks } of entries) {
      const state = status(Checks);
      const rule = Service.Tags.find((tag) => tag.startsWith('traefik.http.routers.') && tag.includes('.rule='));
      if (state !== 'passing' && state !== 'warning') continue;
      lines.push(`${name} http://${Service.Address || Node.Address}:${Service.Port} ${rule ?? 'without a rule'}`);
    }
  }
  return lines.sort().join('; ') || 'nothing';
}

let before = '';
async function refresh() {
  const now = await load();
  if (now !== before) console.log(`routes: ${now}`);
  before = now;
}

/* A watch plan of its client: blocks, and starts over when the index goes back. */
async function watch(path) {
  let known = 0n;
  for (;;) {
    const { index, body } = await ask(`${path}?stale=${known ? `&index=${known}` : ''}`);
    if (path.endsWith('/any')) body.forEach(check);
    known = index < known ? 0n : index;
    await refresh();
  }
}

await refresh();
await Promise.all([watch('/v1/catalog/services'), watch('/v1/health/state/any')]);
