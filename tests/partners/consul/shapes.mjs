/* SPDX-License-Identifier: MIT */
/* shapes.mjs PORT SERVICE: what quaywatch answers has the members, of the same types, that HashiCorp's own double of the API
 * has for a service that is in no mesh. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const [port, service] = process.argv.slice(2);

/* The double's files are template literals. What they invent is text or a number as it stands there: its value does not
 * matter. */
const fake = new Proxy(() => {}, {
  get: (target, name) => (name === Symbol.toPrimitive ? () => 'text' : fake),
  apply: (target, self, [options]) => (options && options.min !== undefined ? options.max : fake),
});
function double(path, pathname) {
  const text = readFileSync(`node_modules/@hashicorp/consul-api-double/v1/${path}`, 'utf8');
  const env = (name, standard) => (name.endsWith('COUNT') ? 2 : standard);
  const range = (count) => Array.from({ length: count }, (unused, i) => i);
  const location = { pathname, search: {} };
  const body = new Function('env', 'range', 'fake', 'location', `return \`${text}\``)(env, range, fake, location);
  return JSON.parse(body);
}

const ask = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
const kind = (value) => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value);

/* Gone from Consul since 1.6. */
const GONE = new Set(['ProxyDestination']);

function compare(theirs, ours, where) {
  assert.equal(kind(ours), kind(theirs), where);
  if (kind(theirs) === 'array') {
    if (theirs.some((one) => typeof one === 'object')) assert.ok(ours.length, `${where} is empty`);
    ours.forEach((item, i) => compare(theirs[0] ?? item, item, `${where}[${i}]`));
  } else if (kind(theirs) === 'object' && !/\.(Meta|TaggedAddresses|Definition|Proxy)$/.test(where)) {
    for (const name of Object.keys(theirs)) {
      if (GONE.has(name)) continue;
      assert.ok(name in ours, `${where} has no ${name}`);
      compare(theirs[name], ours[name], `${where}.${name}`);
    }
  }
}

compare(double('health/service/_', `/v1/health/service/${service}`), await ask(`/v1/health/service/${service}`), 'health');

/* The older double of the agent's list; what it tells of indexes and of the mesh is not there any more. */
const [theirs] = Object.values(double('agent/services', '/v1/agent/services'));
const ours = await ask('/v1/agent/services');
assert.ok(Object.keys(ours).length);
for (const name of ['CreateIndex', 'ModifyIndex', 'Connect']) delete theirs[name];
for (const [id, one] of Object.entries(ours)) compare(theirs, one, `agent.${id}`);

assert.ok(double('catalog/datacenters', '/v1/catalog/datacenters').includes((await ask('/v1/catalog/datacenters'))[0]));
console.log('the shapes are the same');
