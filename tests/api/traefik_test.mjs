/* SPDX-License-Identifier: MIT */
/* What is told to Traefik is valid by the published schemas of its file provider: the documents of the unit tests, which
 * hold one of each kind, and what a running quaywatch answers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import Ajv from 'ajv';

const SAMPLES = '../../tests/unit/formats/proxies';

/* The schema wants a server in every service; Traefik itself takes an empty list for a service that nobody serves. */
function withoutMinimum(schema) {
  if (Array.isArray(schema)) return schema.map(withoutMinimum);
  if (schema === null || typeof schema !== 'object') return schema;
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'minItems')
    .map(([key, value]) => [key, withoutMinimum(value)]));
}

for (const [version, sample] of [['2.11', 'traefik-2.11.json'], ['3', 'traefik-3.json']]) {
  const schema = JSON.parse(readFileSync(`schemas/traefik-v${version[0]}-file-provider.json`));
  const validate = new Ajv({ strict: false, allErrors: true }).compile(withoutMinimum(schema));
  const assertValid = (document) => assert.ok(validate(document), JSON.stringify(validate.errors));

  describe(`Traefik ${version}`, () => {
    test('one of each kind', () => {
      const document = JSON.parse(readFileSync(`${SAMPLES}/${sample}`));
      assert.ok(Object.keys(document.http.routers).length > 5);
      assertValid(document);
    });

    test('a misspelt field is seen', () => {
      const document = JSON.parse(readFileSync(`${SAMPLES}/${sample}`));
      document.http.services[Object.keys(document.http.services)[0]].loadBalancer.sevrers = [];
      assert.ok(!validate(document));
    });

    test('what runs', async () => {
      const answer = await fetch(`${process.env.QUAYWATCH_URL}/export/traefik?version=${version}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('Content-Type'), 'application/json');
      const document = await answer.json();
      assert.ok(document.http.services['quaywatch-shop'].loadBalancer.servers);
      assertValid(document);
    });
  });
}
