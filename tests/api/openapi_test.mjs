/* SPDX-License-Identifier: MIT */
/* The API's description is valid OpenAPI 3.1, and what a running quaywatch answers is what it describes: no field more,
 * none less. The containers shop and search are there (tests/run.sh). */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const URL_BASE = process.env.QUAYWATCH_URL;
const TOKEN = process.env.QUAYWATCH_TOKEN;
const PATH_VALUES = { name: 'shop', path: 'anything' };
const ROUTES_WITHOUT_END = new Set(['text/event-stream']);

let description, ajv;

/* A published schema lets clients meet new fields; here every field must be described. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  if (copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

before(async () => {
  description = await (await fetch(`${URL_BASE}/api/v1/openapi.json`)).json();
  ajv = new Ajv({ strict: false, allErrors: true });
  formats(ajv);
  ajv.addSchema({ $id: 'api', components: { schemas: strict(description.components.schemas) } });
  for (let tries = 0; ; tries++) { // until both are checked
    const { summary } = await (await fetch(`${URL_BASE}/api/v1/status`)).json();
    if (summary.healthy >= 2) break;
    assert.ok(tries < 300, 'shop and search are healthy');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

const ask = (method, path, { body, headers, token = TOKEN } = {}) => fetch(URL_BASE + path, {
  method, body, headers: { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
});

const resolve = (object) => (object.$ref
  ? object.$ref.slice(2).split('/').reduce((at, key) => at[key], description) : object);

/* The answer's status, type and body are among those that the operation describes. */
async function assertDescribed(operation, response, what) {
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0];
  const text = await response.text();
  const described = operation.responses[response.status] ?? operation.responses.default;
  const answer = resolve(described);
  assert.ok(operation.responses[response.status] || response.status >= 400,
    `${what}: ${response.status} is not described\n${text}`);
  if (!answer.content) return assert.equal(text, '', `${what}: no body is described`);
  const content = answer.content[type];
  assert.ok(content, `${what}: ${type} is not described`);
  if (!type.endsWith('json')) return undefined;
  const body = JSON.parse(text);
  if (content.schema.$ref) {
    const validate = ajv.getSchema(`api${content.schema.$ref}`);
    assert.ok(validate(body), `${what}: ${JSON.stringify(validate.errors?.slice(0, 3))}\n${text.slice(0, 2000)}`);
  }
  return body;
}

const fill = (path) => path.replace(/\{(\w+)\}/g, (all, name) => PATH_VALUES[name]);

function* operations() {
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(item)) yield { path, method, operation };
  }
}

describe('the description', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(description));
    assert.deepEqual(result.errors ?? [], []);
    assert.ok(result.valid);
    assert.equal(validator.version, '3.1');
  });

  test('has schemas that are valid themselves', () => {
    for (const name of Object.keys(description.components.schemas)) {
      assert.ok(ajv.getSchema(`api#/components/schemas/${name}`), name);
    }
  });
});

describe('answers', () => {
  test('to every GET, in each of its types', async () => {
    let asked = 0;
    for (const { path, method, operation } of operations()) {
      if (method !== 'get') continue;
      const types = Object.keys(operation.responses[200].content).filter((type) => !ROUTES_WITHOUT_END.has(type));
      for (const type of new Set(types)) {
        const formats = { 'text/vnd.graphviz': '?format=dot', 'text/plain': '?format=mermaid' };
        const query = path.endsWith('/graph') ? formats[type] ?? '' : '';
        const headers = { Accept: type };
        const response = await ask('GET', fill(path) + query, { headers });
        await assertDescribed(operation, response, `GET ${path} as ${type}`);
        assert.ok(response.headers.get('X-Request-ID'));
        const tagged = 'ETag' in (operation.responses[200].headers ?? {});
        if (tagged && response.status === 200) assert.ok(response.headers.has('ETag'), `ETag of ${path}`);
        asked++;
      }
    }
    assert.ok(asked > 24);
  });

  test('to every word that a parameter allows, and to one that it does not', async () => {
    let asked = 0;
    for (const { path, method, operation } of operations()) {
      if (method !== 'get') continue;
      for (const parameter of operation.parameters.filter((one) => one.in === 'query')) {
        const words = parameter.schema.enum ?? (parameter.schema.type === 'boolean' ? ['true', 'false'] : []);
        for (const word of words) {
          if (['stream', 'include'].includes(parameter.name)) continue; // streams do not end
          const response = await ask('GET', `${fill(path)}?${parameter.name}=${word}`);
          assert.ok([200, 503].includes(response.status), `${path}?${parameter.name}=${word}: ${response.status}`);
          await assertDescribed(operation, response, `${path}?${parameter.name}=${word}`);
          asked++;
        }
        if (!parameter.schema.enum || parameter.name === 'include') continue;
        const response = await ask('GET', `${fill(path)}?${parameter.name}=nonsense`);
        assert.equal(response.status, 400, `${path}?${parameter.name}=nonsense`);
        await assertDescribed(operation, response, path);
      }
    }
    assert.ok(asked > 20);
  });

  test('to changes, without and with the token', async () => {
    for (const { path, method, operation } of operations()) {
      const needs = !operation.security.some((way) => Object.keys(way).length === 0) && operation.security.length;
      if (method === 'get' || !needs) continue;
      const refused = await ask(method.toUpperCase(), fill(path), { token: '' });
      const consul = path.startsWith('/v1/') && !path.startsWith('/v1/api/'); // says 403
      assert.equal(refused.status, consul ? 403 : 401, path);
      await assertDescribed(operation, refused, `${method} ${path} without a token`);
      const nobody = await ask(method.toUpperCase(), fill(path).replace('shop', 'nobody'));
      assert.ok([400, 404, 501].includes(nobody.status), `${path}: ${nobody.status}`);
      await assertDescribed(operation, nobody, `${method} ${path} of nobody`);
    }
  });

  test('to orders that are carried out', async () => {
    const of = (path, method = 'post') => description.paths[path][method];
    const orders = [
      ['/api/v1/services/{name}/maintenance', '', { duration: '5m' }],
      ['/api/v1/services/{name}/maintenance', '?duration=off'],
      ['/api/v1/services/{name}/breaker/trip', ''],
      ['/api/v1/services/{name}/breaker/reset', ''],
      ['/api/v1/services/{name}/reload', '?force=true'],
    ];
    for (const [path, query, body] of orders) {
      const response = await ask('POST', fill(path) + query, { body: body && JSON.stringify(body) });
      assert.ok(response.ok, `${path}: ${response.status}`);
      await assertDescribed(of(path), response, path);
    }
  });

  test('to a service that registers itself', async () => {
    const of = (path, method) => description.paths[path][method];
    const example = of('/services', 'post').requestBody.content['application/json'].example;
    const body = JSON.stringify({ ...example, id: 'outside-1', name: 'outside', healthCheck: { strategy: 'none' } });
    for (const status of [201, 200]) {
      const response = await ask('POST', '/services', { body });
      assert.equal(response.status, status);
      await assertDescribed(of('/services', 'post'), response, 'POST /services');
    }
    const one = await ask('GET', '/services/outside');
    assert.equal(one.status, 200);
    await assertDescribed(of('/services/{name}', 'get'), one, 'GET /services/outside');
    const beat = await ask('PUT', '/services/outside-1/heartbeat');
    assert.equal(beat.status, 200);
    await assertDescribed(of('/services/{name}/heartbeat', 'put'), beat, 'PUT heartbeat');
    const gone = await ask('DELETE', '/services/outside-1');
    assert.equal(gone.status, 204);
    await assertDescribed(of('/services/{name}', 'delete'), gone, 'DELETE');
    const wrong = await ask('POST', '/services', { body: '{"name": "x"' });
    assert.equal(wrong.status, 400);
    await assertDescribed(of('/services', 'post'), wrong, 'POST /services');
  });

  test('to bodies as the examples are', async () => {
    for (const { path, operation } of operations()) {
      const content = operation.requestBody?.content['application/json'];
      if (!content?.example) continue;
      const validate = ajv.getSchema(`api${content.schema.$ref}`);
      assert.ok(validate(content.example), `${path}: ${JSON.stringify(validate.errors)}`);
    }
  });

  test('of other routes are problems', async () => {
    const validate = ajv.getSchema('api#/components/schemas/Problem');
    for (const [method, path, status] of [['GET', '/nothing', 404], ['POST', '/health', 405], ['GET', '/a%00', 400],
      ['GET', '/services/nobody', 404]]) {
      const response = await ask(method, path);
      assert.equal(response.status, status, path);
      assert.equal(response.headers.get('Content-Type'), 'application/problem+json');
      assert.ok(validate(await response.json()), path);
    }
  });
});
