/* SPDX-License-Identifier: MIT */
/* What moves: the page follows the daemon, and says so when it cannot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, startServer } from './page_server.mjs';
import { card, fleet, hurry, live, names, newPage, pageTest, text, together, until } from './page.mjs';

together('live', () => {
  pageTest('live update: only what changed is touched; open details and focus stay; 304 otherwise', fleet,
    async (page, server) => {
    await live(page);
    const rag = card(page, 'rag-api');
    await rag.locator('.instance summary').focus();
    await page.keyboard.press('Enter');
    await page.evaluate(() => {
      for (const node of document.querySelectorAll('.service, .service *')) node.untouched = true;
    });
    await until('a 304', () => server.seen['/api/v1/status 304'] > 0);
    assert.equal(server.seen['/api/v1/status 200'], 1);

    const doc = structuredClone(server.doc);
    doc.revision = 43;
    const service = doc.services.find((s) => s.name === 'rag-api');
    const [instance] = service.instances;
    service.status = instance.status = 'healthy';
    Object.assign(instance.health, { consecutive_failures: 0, http_status: 200, message: '200 OK' });
    instance.decision = { action: 'none', reason: 'healthy', sentence: 'Healthy; nothing to do.',
      next_at: null };
    doc.services.find((s) => s.name === 'billing').status = 'degraded';
    server.doc = doc;

    await until('the new revision', async () => /43, changed/.test(await text(page, '#platform')));
    assert.match(await rag.innerText(), /Healthy/);
    assert.doesNotMatch(await rag.innerText(), /failed in a row/);
    assert.deepEqual((await names(page)).slice(0, 3), ['billing', 'search', 'embedder']);
    assert.ok(await rag.locator('details.instances, .instance details').first().evaluate((node) => node.open),
      'details stay open');
    assert.equal(await page.evaluate(() =>
      document.activeElement.closest('.service')?.querySelector('.name').textContent), 'rag-api');
    const replaced = await card(page, 'gateway').evaluate((node) => [...node.querySelectorAll('*')]
      .filter((x) => !x.untouched).length);
    assert.equal(replaced, 0, 'an unchanged service is not redrawn');
    assert.ok(await rag.evaluate((node) => node.untouched), 'a changed service keeps its node');
  });

  pageTest('services come and go', () => fixture('calm'), async (page, server) => {
    await live(page);
    server.doc = fleet();
    await until('ten services', async () => (await names(page)).length === 10);
    server.doc = fixture('empty');
    await until('none', async () => (await page.locator('.service').count()) === 0);
    assert.equal(await text(page, '#word'), 'Ready');
    assert.match(await text(page, '#unregistered'),
      /No services are registered yet[^]*service\.name: web[^]*service\.restart: on-unhealthy/);
    assert.ok(await page.locator('#tools').isHidden());
  }, { hurried: true });

  pageTest('samples: response times move and draw a line; failed checks are marked', fleet,
    async (page, server) => {
    await live(page);
    const line = card(page, 'gateway').locator('.spark .stroke').first();
    await until('a line', async () => ((await line.getAttribute('d')) ?? '').includes('L'));
    assert.match(await card(page, 'gateway').locator('.time').first().innerText(), /\d ms/);
    const miss = card(page, 'billing').locator('.spark .miss');
    await until('a cross', async () => ((await miss.getAttribute('d')) ?? '').includes('M'));
    assert.equal(server.seen['/api/v1/status 200'], 1);
  }, { hurried: true });

  test('the daemon falls silent: the last state stays, greyed, with its age; then it is back',
    { timeout: 60000 }, async () => {
    let server = await startServer(fleet());
    const port = Number(new URL(server.url).port);
    const page = await newPage();
    try {
      await page.addInitScript(hurry);
      await page.goto(server.url);
      await live(page);
      await server.stop();
      await page.locator('#live[data-live="lost"]').waitFor({ timeout: 10000 });
      assert.match(await text(page, '#lost'),
        /quaywatch does not answer\. What you see is its state of .+, \d+ s ago\./);
      assert.match(await page.title(), /^No answer/);
      assert.equal((await names(page)).length, 10);
      const filter = await page.locator('#hero').evaluate((node) => getComputedStyle(node).filter);
      assert.match(filter, /grayscale/);
      const age = await text(page, '#lost-age');
      await until('the age grows', async () => (await text(page, '#lost-age')) !== age);
      server = await startServer(fleet(), port);
      await live(page);
      assert.ok(await page.locator('#lost').isHidden());
    } finally {
      await page.close();
      await server.stop();
    }
  });

  pageTest('a hidden tab asks nothing', fleet, async (page, server) => {
    await live(page);
    const hide = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    const asked = () => Object.entries(server.seen)
      .filter(([key]) => key.startsWith('/api')).reduce((sum, [, n]) => sum + n, 0);
    await hide(true);
    await page.waitForTimeout(400);
    const count = asked();
    await page.waitForTimeout(1500);
    assert.equal(asked(), count);
    await hide(false);
    await until('asking again', () => asked() > count, 1500);
  }, { hurried: true });

  pageTest('reading with a token', fleet, async (page, server, complaints) => {
    server.refuse = 401;
    await page.reload();
    await page.locator('#token').waitFor();
    assert.match(await text(page, '#lost'), /wants a token for reading/);
    await page.locator('#token-field').fill('s3cret');
    await page.keyboard.press('Enter');
    await live(page);
    assert.equal(server.headers['/api/v1/status'].authorization, 'Bearer s3cret');
    assert.ok(await page.locator('#token').isHidden());
    assert.ok(complaints.every((line) => line.includes('401')));
    complaints.length = 0;
  });
});
