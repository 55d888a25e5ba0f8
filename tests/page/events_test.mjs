/* SPDX-License-Identifier: MIT */
/* The timeline of events: what was before, what comes, filters, hostile text. */
import assert from 'node:assert/strict';
import { assertNoSidewaysScroll, fleet, live, newPage, pageTest, text, together, until } from './page.mjs';
import { startServer } from './page_server.mjs';
import { test } from 'node:test';

const lines = (page) => page.locator('.event > div > p:first-child').allInnerTexts();

together('events', () => {
  pageTest('nothing yet, and then what comes', fleet, async (page, server) => {
    await page.locator('#view .empty .title', { hasText: 'Nothing has happened yet.' }).waitFor();
    server.event({ service: 'web', sentence: 'healthy -> degraded: slow', severity: 'warning' });
    await page.locator('.event').waitFor();
    assert.match((await lines(page))[0], /^web healthy -> degraded: slow/);
    server.event({ service: 'rag-api', container: 'bot-rag-api-1', sentence: 'Restarted', kind: 'restarted' });
    await until('second', async () => (await page.locator('.event').count()) === 2);
    assert.match((await lines(page))[0], /^rag-api bot-rag-api-1 Restarted/); // the newest first
    assert.equal(await page.locator('.event').nth(1).getAttribute('data-tone'), 'degraded');
    await page.locator('.event a', { hasText: 'web' }).click();
    await page.locator('h1', { hasText: 'web' }).waitFor();
  }, { at: '#/events' });

  pageTest('filters by kind, severity and words, and keeps that in the address', fleet, async (page, server) => {
    await live(page);
    server.event({ service: 'web', sentence: 'starting -> healthy' });
    server.event({ service: 'web', sentence: 'healthy -> unhealthy', severity: 'critical' });
    server.event({ service: 'billing', kind: 'restart', sentence: 'Restarting', severity: 'warning' });
    await until('all', async () => (await page.locator('.event').count()) === 3);
    await page.getByLabel('From which severity on').selectOption('critical');
    assert.deepEqual(await lines(page), ['web healthy -> unhealthy']);
    await page.getByLabel('From which severity on').selectOption('');
    await page.getByLabel('Only one kind of event').selectOption('restart');
    assert.deepEqual(await lines(page), ['billing Restarting']);
    assert.match(page.url(), /kind=restart/);
    await page.getByLabel('Only one kind of event').selectOption('');
    await page.keyboard.press('/');
    await page.keyboard.type('starting web');
    await until('words', async () => (await page.locator('.event').count()) === 1);
    await page.keyboard.type(' nonsense');
    assert.match(await text(page, '#view .empty'), /No event matches/);
  }, { at: '#/events' });

  pageTest('hostile text stays text', fleet, async (page, server) => {
    await live(page);
    server.event({ service: '<img src=x onerror=alert(1)>', container: '<b>c</b>', kind: '<i>k</i>', severity: '<u>',
      sentence: '<script>alert(1)</script>\u202e' });
    await page.locator('.event').waitFor();
    assert.equal(await page.locator('#view .event :is(img, script, b b, u)').count(), 0);
    assert.match((await lines(page))[0], /<script>alert\(1\)<\/script>/);
  }, { at: '#/events' });

  pageTest('without a stream it asks', fleet, async (page, server) => {
    await live(page);
    server.event({ service: 'web', sentence: 'one' });
    await page.locator('.event').waitFor();
  }, { at: '#/events', polling: true, hurried: true });

  pageTest('fits a phone', fleet, async (page, server) => {
    await live(page);
    for (let i = 0; i < 5; i++) server.event({ service: 'web', container: `a-rather-long-container-name-${i}`, sentence: 'x '.repeat(60) });
    await until('all', async () => (await page.locator('.event').count()) === 5);
    await assertNoSidewaysScroll(page);
  }, { at: '#/events', viewport: { width: 360, height: 780 } });

  test('what happened before the page came, in pieces', { timeout: 60000 }, async () => {
    const server = await startServer(fleet());
    for (let i = 0; i < 400; i++) server.event({ service: 'web', sentence: `number ${i}` });
    const page = await newPage();
    try {
      await page.goto(`${server.url}#/events`);
      await page.locator('.event').first().waitFor();
      assert.match((await lines(page))[0], /number 399/);
      assert.equal(await page.locator('.event').count(), 150);
      await page.getByRole('button', { name: 'Show earlier ones' }).click();
      assert.equal(await page.locator('.event').count(), 300);
    } finally {
      await page.close();
      await server.stop();
    }
  });
});
