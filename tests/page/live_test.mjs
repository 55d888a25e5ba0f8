/* SPDX-License-Identifier: MIT */
/* What moves: the page follows the daemon by its stream, or by asking, and says so when it cannot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, startServer } from './page_server.mjs';
import { fleet, hurry, live, names, newPage, pageTest, row, text, together, until, visit } from './page.mjs';

/* The fleet after rag-api got well and billing got a little better. */
function better(before) {
  const doc = structuredClone(before);
  doc.revision++;
  const service = doc.services.find((s) => s.name === 'rag-api');
  const [instance] = service.instances;
  service.status = instance.status = 'healthy';
  instance.serving = true;
  Object.assign(instance.health, { consecutive_failures: 0, http_status: 200, message: '200 OK' });
  instance.decision = { action: 'none', reason: 'healthy', sentence: 'Healthy; nothing to do.', next_at: null };
  doc.services.find((s) => s.name === 'billing').status = 'degraded';
  return doc;
}

const hide = (page, hidden) => page.evaluate((value) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

together('live', () => {
  for (const polling of [false, true]) {
    pageTest(`${polling ? 'asking' : 'the stream'}: only what changed is touched, focus stays`, fleet, async (page, server) => {
      await live(page);
      assert.equal(await text(page, '#live-word'), polling ? 'Asking' : 'Live');
      await row(page, 'rag-api').locator('.name').focus();
      await until('history', async () => (await page.locator('.bars i').count()) > 0);
      await page.evaluate(() => {
        for (const node of document.querySelectorAll('tr, tr *')) node.untouched = true;
      });
      server.doc = better(server.doc);
      await until('the new revision', async () => /Revision\s+43/.test(await text(page, '#platform')));
      assert.match(await row(page, 'rag-api').textContent(), /Healthy/);
      assert.doesNotMatch(await row(page, 'rag-api').textContent(), /in a row failed/);
      assert.deepEqual((await names(page)).slice(0, 3), ['billing', 'search', 'embedder']);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'rag-api');
      const replaced = await row(page, 'gateway').evaluate((node) => [...node.querySelectorAll('*')]
        .filter((x) => !x.untouched).length);
      assert.equal(replaced, 0, 'an unchanged service is not redrawn');
      assert.ok(await row(page, 'rag-api').evaluate((node) => node.untouched), 'a changed service keeps its row');
      if (polling) await until('a 304', () => server.seen['/api/v1/status 304'] > 0);
      else assert.equal(server.seen['/api/v1/status 200'], undefined, 'nobody asks beside the stream');
    }, { polling });
  }

  pageTest('an open service is live too; what is open stays open', fleet, async (page, server) => {
    await live(page);
    await visit(page, 'rag-api');
    await page.locator('.ladder li').first().waitFor();
    server.doc = better(server.doc);
    await until('it is well', async () => (await text(page, '.title-line .state')) === 'Healthy');
    assert.ok(await page.locator('.instance details').evaluate((node) => node.open));
    assert.equal(await page.locator('.decision').count(), 0);
    const gone = structuredClone(server.doc);
    gone.services = gone.services.filter((s) => s.name !== 'rag-api');
    server.doc = gone;
    await page.locator('.empty:visible').waitFor();
    assert.match(await text(page, '.empty:visible'), /There is no service named “rag-api”/);
  });

  pageTest('services come and go', () => fixture('calm'), async (page, server) => {
    await live(page);
    server.doc = fleet();
    await until('ten services', async () => (await names(page)).length === 10);
    server.doc = fixture('empty');
    await until('none', async () => (await names(page)).length === 0);
    assert.equal(await text(page, '.word'), 'Ready');
    assert.match(await text(page, '#unregistered'),
      /No services are registered yet[^]*service\.name: web[^]*service\.restart: on-unhealthy/);
    assert.ok(await page.locator('.tools').isHidden());
    assert.ok(await page.locator('.table').isHidden());
  });

  pageTest('samples: response times move and draw a line; failed checks are marked', fleet, async (page) => {
    await live(page);
    const line = row(page, 'gateway').locator('.spark .stroke');
    await until('a line', async () => ((await line.getAttribute('d')) ?? '').includes('L'));
    assert.match(await row(page, 'gateway').locator('.c-time').textContent(), /\d ms/);
    const miss = row(page, 'billing').locator('.spark .miss');
    await until('a cross', async () => ((await miss.getAttribute('d')) ?? '').includes('M'));
  }, { hurried: true });

  pageTest('the stream breaks: said with its age, opened again from where it was', fleet, async (page, server, complaints) => {
    await live(page);
    server.event({ sentence: 'Something happened.' });
    await until('the event is heard', () => true);
    await page.waitForTimeout(200);
    server.cut();
    await page.locator('#live[data-live="lost"]').waitFor();
    assert.equal(await text(page, '#live-word'), 'Reconnecting');
    assert.match(await text(page, '#live-age'), /\d+ s/);
    await live(page);
    const { query, ...headers } = server.headers['/api/v1/events'];
    assert.equal(query, '?include=status&since=test-1');
    assert.equal(headers['last-event-id'], 'test-1');
    server.doc = better(server.doc);
    await until('it is followed again', async () => /Healthy/.test(await row(page, 'rag-api').textContent()));
    complaints.length = 0; // Chromium complains about the connection that was cut
  });

  pageTest('a proxy that keeps the stream back: the page asks instead', fleet, async (page, server) => {
    server.stream = 'silent';
    await page.addInitScript(() => {
      const real = window.setTimeout;
      window.setTimeout = (run, ms, ...rest) => real(run, ms === 8000 ? 300 : ms, ...rest);
    });
    await page.reload();
    await live(page);
    assert.equal(await text(page, '#live-word'), 'Asking');
    assert.equal((await names(page)).length, 10);
  });

  for (const polling of [false, true]) {
    test(`the daemon falls silent (${polling ? 'asking' : 'stream'}): the last state stays, greyed, with its age; then it is back`,
      { timeout: 60000 }, async () => {
      const start = async (port) => {
        const server = await startServer(fleet(), port);
        if (polling) server.stream = 'off';
        return server;
      };
      let server = await start(0);
      const port = Number(new URL(server.url).port), page = await newPage();
      try {
        await page.addInitScript(hurry);
        await page.goto(server.url);
        await live(page);
        await server.stop();
        await page.locator('#lost:visible').waitFor({ timeout: 10000 });
        assert.match(await text(page, '#lost'),
          /quaywatch does not answer\. What you see is its state of .+, \d+ s ago\. (Trying|Asking) again/);
        assert.match(await page.title(), /^No answer/);
        assert.equal((await names(page)).length, 10);
        assert.match(await page.locator('.hero').evaluate((node) => getComputedStyle(node).filter), /grayscale/);
        const age = await text(page, '#lost-age');
        await until('the age grows', async () => (await text(page, '#lost-age')) !== age);
        server = await start(port);
        await page.locator('#live[data-live="on"]').waitFor({ timeout: 20000 });
        assert.ok(await page.locator('#lost').isHidden());
      } finally {
        await page.close();
        await server.stop();
      }
    });
  }

  pageTest('the daemon is away from the start: that is said, and nothing else', fleet, async (page, server, complaints) => {
    server.refuse = 503;
    await page.reload();
    await page.locator('#lost:visible').waitFor();
    assert.match(await text(page, '#lost'), /refuses to answer/);
    assert.ok(await page.locator('#view').isHidden());
    complaints.length = 0;
  });

  pageTest('a hidden tab asks nothing, and soon leaves the stream', fleet, async (page, server) => {
    await page.addInitScript(() => {
      const real = window.setTimeout;
      window.setTimeout = (run, ms, ...rest) => real(run, ms === 30000 ? 100 : ms, ...rest);
    });
    await page.reload();
    await live(page);
    await hide(page, true);
    await until('the stream is left', () => server.streams.size === 0);
    const asked = () => Object.entries(server.seen)
      .filter(([key]) => key.startsWith('/api')).reduce((sum, [, n]) => sum + n, 0);
    const count = asked();
    await page.waitForTimeout(1500);
    assert.equal(asked(), count);
    await hide(page, false);
    await until('it is back', () => server.streams.size === 1);
    await live(page);
  }, { hurried: true });

  pageTest('reading with a token', fleet, async (page, server, complaints) => {
    server.refuse = 401;
    await page.reload();
    await page.locator('#token').waitFor();
    assert.match(await text(page, '#token'), /A token is needed to read/);
    assert.equal(await text(page, '#live-word'), 'Token needed');
    assert.ok(await page.locator('#view').isHidden());
    await page.locator('#token-field').fill('s3cret');
    await page.keyboard.press('Enter');
    await live(page);
    assert.equal(server.headers['/api/v1/events'].authorization, 'Bearer s3cret');
    assert.ok(await page.locator('#token').isHidden());
    assert.equal((await names(page)).length, 10);
    assert.ok(!page.url().includes('s3cret'));
    assert.ok(complaints.every((line) => line.includes('401')), String(complaints));
    complaints.length = 0;
  });
});
