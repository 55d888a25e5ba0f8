/* SPDX-License-Identifier: MIT */
/* The views beside the table: one service, findings, balance. */
import assert from 'node:assert/strict';
import { fixture, rootFleet } from './page_server.mjs';
import { fleet, focused, live, names, pageTest, text, together, until, visit } from './page.mjs';

together('views', () => {
  pageTest('one service: why, figures, instances, addresses, neighbours, findings', fleet, async (page) => {
    await live(page);
    await visit(page, 'rag-api');
    const shown = () => text(page, '#view');
    await until('samples', async () => /Median/.test(await shown()));
    for (const part of ['Unhealthy', 'production', 'version 1.4.0', 'of 512 MiB', 'p95', 'Acting',
      '3 checks in a row failed (503 Service Unavailable); restarting bot-rag-api-1', 'of 5 lately', 'Open',
      'http://172.20.0.5:5000/health', '3 failed in a row', 'SERVER_ERROR', 'Layers', 'Application',
      '5000/tcp not published', 'bot_default', 'service.health.path', '95 of 100 below', 'Endpoints', 'Needs', 'postgres',
      'Needed by', 'gateway', 'invalid-value']) {
      assert.ok((await shown()).includes(part), `${part} is missing in ${await shown()}`);
    }
    await page.locator('.neighbours a', { hasText: 'gateway' }).click();
    await page.locator('h1', { hasText: 'gateway' }).waitFor();
    assert.equal(await page.locator('.instance').count(), 3);
    assert.equal(await page.locator('.decision').count(), 0);
    assert.equal(await page.locator('.instance details[open]').count(), 0, 'three are shown closed');
  });

  pageTest('a victim names its root', rootFleet, async (page) => {
    await live(page);
    await visit(page, 'gateway');
    assert.match(await text(page, '.decisions'), /It is down because of postgres, which has failed\./);
    await page.locator('.decision a').click();
    await page.locator('h1', { hasText: 'postgres' }).waitFor();
    assert.doesNotMatch(await text(page, '.decisions'), /because of/);
  });

  pageTest('what is registered from outside is said to be no container', () => {
    const doc = fixture('fleet');
    Object.assign(doc.services.find((s) => s.name === 'rag-api').instances[0], { external: true, container_state: null });
    return doc;
  }, async (page) => {
    await live(page);
    await visit(page, 'rag-api');
    assert.match(await text(page, '.instance'), /outside Docker[^]*Registration/);
    assert.equal(await page.locator('.instance', { hasText: 'null' }).count(), 0);
  });

  pageTest('addresses can be copied', fleet, async (page) => {
    await live(page);
    await visit(page, 'rag-api');
    const button = page.locator('.endpoints .copy').first();
    assert.equal(await button.getAttribute('aria-label'), 'Copy http://rag-api:5000');
    await button.click();
    await until('the word of it', async () => (await page.locator('#said').textContent()) === 'Copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'http://rag-api:5000');
  }, { permissions: ['clipboard-read', 'clipboard-write'] });

  pageTest('a service that does not exist, and one that appears', () => fixture('empty'), async (page, server) => {
    await page.locator('.empty:visible').waitFor();
    assert.match(await text(page, '.empty:visible'), /There is no service named “billing”/);
    server.doc = fleet();
    await page.locator('.state', { hasText: 'Failed' }).waitFor();
  }, { at: '#/services/billing' });

  pageTest('findings: by code, the search, and the way to the service', fleet, async (page, server) => {
    await page.locator('.groups h2').first().waitFor();
    assert.deepEqual(await page.locator('.groups h2 code').allInnerTexts(),
      ['invalid-value', 'no-health-endpoint', 'unreachable-network']);
    assert.match(await text(page, '#view'), /3 findings in 3 services/);
    await page.locator('#view input').fill('mailer');
    assert.deepEqual(await page.locator('.groups h2 code').allInnerTexts(), ['unreachable-network']);
    await page.locator('#view input').fill('nobody');
    assert.match(await text(page, '.empty:visible'), /No finding matches/);
    await page.locator('#view input').fill('');
    const doc = structuredClone(server.doc);
    for (const service of doc.services) for (const instance of service.instances) instance.findings = [];
    server.doc = doc;
    await page.locator('.empty:visible').waitFor();
    assert.match(await text(page, '.empty:visible'), /Nothing found/);
    server.doc = fleet();
    await page.locator('.groups a', { hasText: 'web' }).click();
    await page.locator('h1', { hasText: 'web' }).waitFor();
  }, { at: '#/findings' });

  pageTest('balance: open breakers first, what was handed out, how fast', fleet, async (page) => {
    await page.locator('.balance tbody tr').first().waitFor();
    assert.deepEqual((await names(page)).slice(0, 3), ['billing', 'rag-api', 'search']);
    const states = await page.locator('.c-breaker .state').allInnerTexts();
    assert.deepEqual(states.slice(0, 4), ['Open', 'Open', 'Half open', 'Closed']);
    assert.match(await text(page, '#view'), /2 breakers open, 1 being tried, 7 closed\. \d+ addresses handed out \(strategy: health based\)\./);
    assert.match(await page.locator('.spread').first().getAttribute('aria-label'), /bot-gateway-1 \d+, bot-gateway-2 \d+/);
    await page.keyboard.press('j');
    assert.equal(await focused(page), 'billing');
    await page.waitForTimeout(4500); // it asks again
    assert.equal(await focused(page), 'billing', 'the focus stays when figures change');
  }, { at: '#/balance' });

  pageTest('the address names the view, also when it is opened anew or unknown', fleet, async (page, server) => {
    await live(page);
    await page.locator('#nav a', { hasText: 'Balance' }).click();
    await page.locator('h1', { hasText: 'Balance' }).waitFor();
    assert.equal(await page.locator('#nav [aria-current="page"]').innerText(), 'Balance');
    assert.equal(await focused(page), 'Balance');
    assert.match(await page.title(), /^2 need attention · Balance · quaywatch$/);
    assert.match(await text(page, '#pill'), /Degraded\s*2 down/);
    await page.reload();
    await page.locator('h1', { hasText: 'Balance' }).waitFor();
    await page.goBack();
    await page.locator('.table[aria-label="Services"]').waitFor();
    assert.ok(await page.locator('#pill').isHidden());
    await page.goto(`${server.url}#/nowhere`);
    await page.locator('.table[aria-label="Services"]').waitFor();
  });
});
