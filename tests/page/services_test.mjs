/* SPDX-License-Identifier: MIT */
/* The table of services: what each row shows, and how one finds and orders what one looks for. */
import assert from 'node:assert/strict';
import { fleet, focused, live, names, pageTest, row, text, together, until, visit } from './page.mjs';

const WORST_FIRST = ['billing', 'rag-api', 'search', 'embedder', 'mailer', 'report-worker', 'gateway', 'postgres',
  'session-cache', 'web'];

together('services', () => {
  pageTest('rows: worst first, then by name; each shows what the document says', fleet, async (page) => {
    await live(page);
    assert.deepEqual(await names(page), WORST_FIRST);
    const rag = row(page, 'rag-api');
    await until('samples', async () => /25 ms/.test(await rag.textContent()));
    for (const part of ['Unhealthy', 'bot', 'api', '0 of 1', '2 of 5', 'MiB', ' %',
      '3 checks in a row failed (503 Service Unavailable); restarting bot-rag-api-1']) {
      assert.ok((await rag.textContent()).includes(part), `${part} is missing in ${await rag.textContent()}`);
    }
    assert.match(await row(page, 'gateway').textContent(), /3 of 3/);
    assert.equal(await row(page, 'gateway').locator('.trouble:visible').count(), 0);
    assert.match(await row(page, 'gateway').locator('.c-memory').getAttribute('title') ?? '', /MiB of [\d.]+ [MG]iB|^$/);
  }, { viewport: { width: 1440, height: 900 } });

  pageTest('every status has a shape and a word, not only a colour', fleet, async (page) => {
    await live(page);
    const shapes = await page.locator('.table tbody tr').evaluateAll((all) => all.map((s) =>
      `${s.querySelector('.badge use').getAttribute('href')} ${s.querySelector('.c-status .state').textContent}`));
    assert.deepEqual([...new Set(shapes)],
      ['#s-failed Failed', '#s-unhealthy Unhealthy', '#s-degraded Degraded',
      '#s-starting Starting', '#s-unknown Unknown', '#s-stopped Stopped', '#s-healthy Healthy']);
  });

  pageTest('sorted by every column, both ways; the address keeps it, and nothing known comes last', fleet, async (page) => {
    await live(page);
    await until('samples', async () => /\d ms/.test(await row(page, 'web').textContent()));
    const head = (id) => page.locator(`thead .c-${id}`);
    await head('name').locator('button').click();
    assert.deepEqual(await names(page), [...WORST_FIRST].sort());
    assert.equal(await head('name').getAttribute('aria-sort'), 'ascending');
    await head('name').locator('button').click();
    assert.deepEqual(await names(page), [...WORST_FIRST].sort().reverse());
    assert.equal(await head('name').getAttribute('aria-sort'), 'descending');
    assert.equal(await head('status').getAttribute('aria-sort'), null);
    assert.match(page.url(), /#\/\?sort=-name$/);
    await head('restarts').locator('button').click();
    assert.deepEqual((await names(page)).slice(0, 3), ['billing', 'rag-api', 'search']);
    await head('project').locator('button').click();
    assert.equal((await names(page))[0], 'rag-api');
    for (const id of ['time', 'cpu', 'memory', 'uptime', 'instances']) {
      await head(id).locator('button').click();
      const first = await names(page);
      await head(id).locator('button').click();
      assert.notDeepEqual(await names(page), first, id);
    }
    await page.reload();
    await live(page);
    assert.equal(await head('instances').getAttribute('aria-sort'), 'descending');
  }, { viewport: { width: 1440, height: 900 } });

  pageTest('status chips filter, combine and go back; the address keeps the choice', fleet, async (page) => {
    await live(page);
    const chip = (status) => page.locator(`.chip[data-status="${status}"]`);
    assert.match(await chip('healthy').innerText(), /Healthy\s*4/);
    await chip('healthy').click();
    assert.deepEqual(await names(page), ['gateway', 'postgres', 'session-cache', 'web']);
    await chip('failed').click();
    assert.deepEqual(await names(page), ['billing', 'gateway', 'postgres', 'session-cache', 'web']);
    assert.equal(await chip('failed').getAttribute('aria-pressed'), 'true');
    assert.equal(await chip('all').getAttribute('aria-pressed'), 'false');
    assert.match(page.url(), /#\/\?status=healthy%2Cfailed$/);
    await page.reload();
    await live(page);
    assert.equal((await names(page)).length, 5);
    await chip('all').click();
    assert.equal((await names(page)).length, 10);
  });

  pageTest('search: slash focuses, words narrow, Escape clears, nothing is said so', fleet, async (page) => {
    await live(page);
    const search = page.locator('#search');
    await page.keyboard.press('/');
    assert.ok(await search.evaluate((node) => node === document.activeElement && node.value === ''));
    for (const [typed, found] of [['rag', ['rag-api']], ['shop degraded', ['search']],
      ['no-health-endpoint', ['web']],
      ['BOT-GATEWAY-2', ['gateway']], ['manual-stop', ['report-worker']]]) {
      await search.fill(typed);
      assert.deepEqual(await names(page), found, typed);
    }
    assert.equal(await page.locator('[role="status"]', { hasText: 'matches' }).textContent(), '1 service matches.');
    await search.fill('nobody');
    assert.match(await text(page, '.empty:visible'), /No service matches[^]*10 services are hidden by the search or the filter/);
    await page.keyboard.press('Escape');
    assert.equal((await names(page)).length, 10);
    await search.fill('nobody');
    await page.getByText('Show all services').click();
    assert.equal((await names(page)).length, 10);
  });

  pageTest('by project and tag, together with the others; all in the address', fleet, async (page) => {
    await live(page);
    const choose = (label, value) => page.getByLabel(label, { exact: true }).selectOption(value);
    assert.deepEqual(await page.getByLabel('Project', { exact: true }).locator('option').allInnerTexts(),
      ['Any project', 'bot', 'shop']);
    await choose('Project', 'bot');
    assert.deepEqual((await names(page)).sort(), ['embedder', 'gateway', 'postgres', 'rag-api', 'session-cache']);
    await choose('Tag', 'ai');
    assert.deepEqual(await names(page), ['rag-api', 'embedder']);
    await page.locator('.chip[data-status="starting"]').click();
    assert.deepEqual(await names(page), ['embedder']);
    assert.match(page.url(), /#\/\?status=starting&tag=ai&project=bot$/);
    await page.reload();
    await live(page);
    assert.deepEqual(await names(page), ['embedder']);
    assert.equal(await page.getByLabel('Tag', { exact: true }).inputValue(), 'ai');
    await choose('Tag', '');
    await page.locator('.chip[data-status="failed"]').click();
    await choose('Tag', 'gpu');
    await page.keyboard.press('Escape');
  });

  pageTest('to a service and back: filter, place and focus are kept', fleet, async (page) => {
    await live(page);
    await page.locator('#search').fill('bot');
    await visit(page, 'postgres');
    assert.equal(await focused(page), 'postgres');
    assert.match(await page.title(), /^2 need attention · postgres · quaywatch$/);
    await page.locator('.back').click();
    assert.equal((await names(page)).length, 5);
    assert.equal(await focused(page), 'postgres');
    assert.match(page.url(), /#\/\?q=bot$/);
    await page.goBack();
    await page.locator('h1', { hasText: 'postgres' }).waitFor();
  });
});
