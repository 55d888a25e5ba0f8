/* SPDX-License-Identifier: MIT */
/* What fires, above the timeline of events: come and gone, by name, hostile. */
import assert from 'node:assert/strict';
import { assertNoSidewaysScroll, fleet, live, newPage, pageTest, text, together, until } from './page.mjs';
import { startServer } from './page_server.mjs';
import { test } from 'node:test';

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const alert = (fields) => ({
  id: 'a1', name: 'service-unhealthy', severity: 'critical', service: 'web', container: 'web-1', project: 'shop',
  title: 'web is unhealthy', sentence: 'Connection refused', since: ago(200), told_at: ago(130),
  waits_for_quiet_hours: false, flapping: false, victims: [], sent_to: ['webhook', 'ntfy'], ...fields,
});

together('alerts', () => {
  test('what fires is named with its victims, and goes when it is over', { timeout: 60000 }, async () => {
    const server = await startServer(fleet());
    server.alerts = [alert({ victims: ['rag-api', 'elsewhere'], flapping: true }),
      alert({ id: 'a2', severity: 'warning', service: null, name: 'slo', title: 'Errors', sentence: 'Errors',
        waits_for_quiet_hours: true, sent_to: [], told_at: null }),
      alert({ id: 'a3', severity: 'emergency', sent_to: [], told_at: null, title: 'None is told' })];
    const page = await newPage();
    try {
      await page.goto(`${server.url}#/events`);
      await page.locator('.alert').first().waitFor();
      assert.equal(await page.locator('.alert').count(), 3);
      assert.equal(await text(page, '.alerts h2'), '3 alerts');
      assert.deepEqual(await page.locator('.alert').evaluateAll((all) => all.map((one) => one.dataset.tone)),
        ['unhealthy', 'degraded', 'failed']);
      const [first, second, third] = await page.locator('.alert').allInnerTexts();
      assert.match(first, /web is unhealthy for 3 min, comes and goes\s+Connection refused\./);
      assert.match(first, /Service web\s*Suffering from it: rag-api, elsewhere\s*Sent to webhook, ntfy 2 min ago/);
      assert.match(second, /Waits for the end of quiet hours/);
      assert.doesNotMatch(second, /Service|Suffering|Sent to|Errors\./); // the sentence says no more than the title
      assert.match(third, /Sent to nobody/);
      await until('known services are links', async () => (await page.locator('.alert a').allInnerTexts()).join() === 'web,rag-api,web');
      server.alerts = [];
      await until('they go', async () => !(await page.locator('.alerts').isVisible()));
      await page.goto(`${server.url}#/`); // elsewhere nobody asks
      await page.locator('.table').waitFor();
      const asked = server.seen['/api/v1/alerts 200'];
      await new Promise((resolve) => setTimeout(resolve, 5000));
      assert.equal(server.seen['/api/v1/alerts 200'], asked);
    } finally {
      await page.close();
      await server.stop();
    }
  });

  pageTest('one that comes is seen without reloading', fleet, async (page, server) => {
    await live(page);
    assert.equal(await page.locator('.alerts').isVisible(), false);
    server.alerts = [alert()];
    await page.locator('.alert strong', { hasText: 'web is unhealthy' }).waitFor();
    await page.locator('.alert a', { hasText: 'web' }).click();
    await page.locator('h1', { hasText: 'web' }).waitFor();
  }, { at: '#/events' });

  pageTest('hostile text stays text, and nonsense breaks nothing', fleet, async (page, server) => {
    await live(page);
    const evil = '<img src=x onerror=alert(1)>';
    server.alerts = [null, 5, { title: 7, victims: 'x', sent_to: { a: 1 }, since: 'never', severity: 'constructor' },
      alert({ title: evil, sentence: '<script>alert(1)</script>', service: evil, name: '<u>n</u>',
        victims: [evil, '<b>v</b>', 9], sent_to: ['<i>c</i>'], severity: '"><u>', told_at: evil }),
      alert({ title: 'x '.repeat(400), victims: Array.from({ length: 30 }, (_, i) => `a-rather-long-name-of-a-service-${i}`) })];
    await page.locator('.alert strong', { hasText: evil }).waitFor();
    assert.equal(await page.locator('.alerts :is(img, script, u, i, b b)').count(), 0);
    const all = await text(page, '.alerts');
    assert.match(all, /<script>alert\(1\)<\/script>/);
    assert.match(all, /Suffering from it: <img src=x onerror=alert\(1\)>, <b>v<\/b>, 9/);
    assert.match(all, /Sent to <i>c<\/i>/);
    assert.match(all, /-service-11 and 18 more/);
    await assertNoSidewaysScroll(page);
  }, { at: '#/events', viewport: { width: 360, height: 780 } });
});
