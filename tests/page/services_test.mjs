/* SPDX-License-Identifier: MIT */
/* The list of services: what each shows, and how one finds what one looks for. */
import assert from 'node:assert/strict';
import { card, fleet, live, names, pageTest, text, together, until } from './page.mjs';

together('services', () => {
  pageTest('services: worst first, then by name; each shows what the document says', fleet, async (page) => {
    await live(page);
    assert.deepEqual(await names(page), ['billing', 'rag-api', 'search', 'embedder', 'mailer',
      'report-worker', 'gateway', 'postgres', 'session-cache', 'web']);
    const rag = card(page, 'rag-api');
    for (const part of ['Unhealthy', 'bot', 'production', 'version 1.4.0', 'http://rag-api:5000',
      'breaker open', 'postgres', 'required',
      '3 checks in a row failed (503 Service Unavailable); restarting bot-rag-api-1', 'Acting',
        'http://172.20.0.5:5000/health',
      '3 failed in a row', '2 of 5 restarts', '1 finding']) {
      assert.ok((await rag.innerText()).includes(part), `${part} is missing in ${await rag.innerText()}`);
    }
    const billing = await card(page, 'billing').locator('.decision').innerText();
    assert.match(billing, /Holding: its restarts are used up[^]*budget[^]*looks again in 4 min/);
    await rag.locator('.instance summary').click();
    await until('the samples', async () => /Median/.test(await rag.locator('.detail').innerText()));
    const detail = await rag.locator('.detail').innerText();
    for (const part of ['SERVER_ERROR', 'Layers', 'Application', 'index', '5000/tcp not published',
      'bot_default', 'service.health.path', 'Median', '95 of 100 below']) {
      assert.ok(detail.includes(part), `${part} is missing in ${detail}`);
    }
    assert.equal(await card(page, 'gateway').locator('.instance').count(), 3);
    assert.equal(await card(page, 'gateway').locator('.decision').count(), 0);
  });

  pageTest('every status has a shape and a word, not only a colour', fleet, async (page) => {
    await live(page);
    const shapes = await page.locator('.service').evaluateAll((all) => all.map((s) =>
      `${s.querySelector('.badge use').getAttribute('href')} ${s.querySelector('.state').textContent}`));
    assert.deepEqual([...new Set(shapes)],
      ['#s-failed Failed', '#s-unhealthy Unhealthy', '#s-degraded Degraded',
      '#s-starting Starting', '#s-unknown Unknown', '#s-stopped Stopped', '#s-healthy Healthy']);
  });

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
    assert.match(page.url(), /#status=healthy%2Cfailed$/);
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
    assert.equal(await page.locator('#matches').textContent(), '1 service matches.');
    await search.fill('nobody');
    assert.match(await text(page, '#nothing'), /No service matches[^]*10 services are hidden/);
    await page.keyboard.press('Escape');
    assert.equal((await names(page)).length, 10);
    await search.fill('nobody');
    await page.locator('#clear').click();
    assert.equal((await names(page)).length, 10);
  });

  pageTest('group by project', fleet, async (page) => {
    await live(page);
    await page.locator('#group').check();
    const items = await page.locator('#list > li').evaluateAll((all) => all
      .map((li) => li.querySelector('h3').textContent));
    assert.deepEqual(items, ['shop', 'billing', 'search', 'mailer', 'report-worker', 'web',
      'bot', 'rag-api', 'embedder', 'gateway', 'postgres', 'session-cache']);
    await page.locator('#group').uncheck();
    assert.equal(await page.locator('.project').count(), 0);
  });

  pageTest('a dependency leads to its service, also when that is filtered away', fleet, async (page) => {
    await live(page);
    await page.locator('.chip[data-status="failed"]').click();
    await card(page, 'billing').locator('a.need').click();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'postgres');
  });

  pageTest('the address can be copied', fleet, async (page) => {
    await live(page);
    const button = card(page, 'rag-api').locator('.copy');
    assert.equal(await button.getAttribute('aria-label'), 'Copy the address of rag-api');
    await button.click();
    await until('the word of it', async () => (await page.locator('#said').textContent()) === 'Copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'http://rag-api:5000');
  }, { permissions: ['clipboard-read', 'clipboard-write'] });
});
