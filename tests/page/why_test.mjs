/* SPDX-License-Identifier: MIT */
/* Why: what the details of an instance say of its decisions, and that they are asked for only when seen. */
import assert from 'node:assert/strict';
import { fixture } from './page_server.mjs';
import { fleet, live, pageTest, together, until, visit } from './page.mjs';

const WHY = '/api/v1/services/billing/explain 200';

/* A service of one instance shows its inside at once. */
async function opened(page, name) {
  await visit(page, name);
  await until('the explanation', async () => (await page.locator('.ladder li').count()) > 0);
  return page.locator('#view');
}

together('why', () => {
  pageTest('the ladder row by row, budget, checks, past decisions, fields', fleet, async (page) => {
    await live(page);
    const billing = await opened(page, 'billing');
    const rows = await billing.locator('.ladder li').evaluateAll((all) => all.map((li) =>
      `${li.querySelector('b').textContent} ${li.querySelector('code').textContent}`));
    assert.equal(rows.length, 10);
    assert.equal(rows[0], 'no engine-down');
    assert.equal(rows[9], 'yes budget');
    assert.equal(await billing.locator('.ladder .reason code').innerText(), 'budget');
    assert.equal(await billing.locator('.ladder [data-holds="yes"] use').getAttribute('href'), '#i-hold');
    const detail = await billing.innerText();
    for (const part of ['What would hold a restart back 1 of 10', '0 of 5', 'after 10 min in health',
      '5 times in all', 'Decisions so far', 'Held', 'Acted', 'No action', '(an-older-container)',
      'registered by', 'health.interval', 'default', 'status', '503']) {
      assert.ok(detail.includes(part), `${part} is missing in ${detail}`);
    }
    assert.deepEqual(await billing.locator('.past code').allInnerTexts(), ['budget', 'healthy', 'unhealthy']);
    assert.equal(await billing.locator('.past time').count(), 3);
    assert.deepEqual(await billing.locator('.results b').allInnerTexts(),
      ['status', 'status', 'status', 'pass']);
    assert.equal(await billing.locator('.pips i').count(), 5);
    assert.equal(await billing.locator('.pips [data-left]').count(), 0);
  });

  pageTest('the last stop is said in words', () => {
    const doc = fixture('fleet');
    const worker = doc.services.find((s) => s.name === 'report-worker');
    worker.instances[0].last_stop = { intent: 'oom', exit_code: 137, at: new Date().toISOString() };
    return doc;
  }, async (page) => {
    await live(page);
    const worker = await opened(page, 'report-worker');
    assert.match(await worker.locator('.beside').innerText(),
      /Last stop\s+Oom\s+the kernel ended it for lack of memory, \d+ s ago\s+Exit code\s+137/);
  });

  pageTest('asked for only while somebody looks', fleet, async (page, server) => {
    await live(page);
    await until('samples', () => server.seen['/api/v1/samples 200'] > 1);
    assert.equal(server.seen[WHY], undefined);
    await opened(page, 'billing');
    await until('it is asked again', () => server.seen[WHY] > 2);
    await page.locator('.back').click();
    await new Promise((resolve) => setTimeout(resolve, 300)); // one that was under way
    const asked = server.seen[WHY], polls = server.seen['/api/v1/samples 200'];
    await until('more polls', () => server.seen['/api/v1/samples 200'] > polls + 3);
    assert.equal(server.seen[WHY], asked);
  }, { hurried: true });

  pageTest('hostile explanations stay text', () => fixture('hostile'), async (page) => {
    await live(page);
    await page.locator('.table .name').first().click();
    await until('an explanation', async () => (await page.locator('.ladder li').count()) > 0);
    assert.equal(await page.evaluate(() => window.pwned), undefined);
    assert.equal(await page.locator('main img, main script, main iframe, [onerror]').count(), 0);
  });
});
