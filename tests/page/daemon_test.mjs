/* SPDX-License-Identifier: MIT */
/* The page as a daemon itself serves it, at QUAYWATCH_URL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoSidewaysScroll, complaintsOf, live, newPage, openAll, text, until } from './page.mjs';

test('a live daemon', { skip: process.env.QUAYWATCH_URL ? false : 'QUAYWATCH_URL is not set',
  timeout: 60000 }, async () => {
  const page = await newPage();
  const complaints = complaintsOf(page);
  try {
    await page.goto(process.env.QUAYWATCH_URL);
    await live(page);
    const doc = await page.evaluate(() => fetch('/api/v1/status').then((answer) => answer.json()));
    await until('all services are shown',
      async () => (await page.locator('.table tbody tr').count()) === Math.min(100, doc.services.length));
    assert.match(await text(page, '#platform'), /Revision\s+\d+/);
    assert.equal(await text(page, '#live-word'), 'Live', 'its stream is followed');
    await openAll(page);
    await assertNoSidewaysScroll(page);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
});

test('a person restarts a service of a live daemon', { skip: process.env.QUAYWATCH_URL ? false
  : 'QUAYWATCH_URL is not set', timeout: 60000 }, async () => {
  const page = await newPage();
  const complaints = complaintsOf(page);
  try {
    await page.goto(`${process.env.QUAYWATCH_URL}#/services/search`);
    await page.locator('h1', { hasText: 'search' }).waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.locator('#ask-token-field').fill('not-it');
    await page.locator('#ask-yes').click();
    await page.locator('#ask-refusal').waitFor();
    assert.match(await text(page, '#ask-refusal'), /Changes need the AUTH_TOKEN/);
    await page.locator('#ask-token-field').fill(process.env.QUAYWATCH_TOKEN ?? 'page-token');
    await page.locator('#ask-yes').click();
    const under = async () => /is under way/.test(await text(page, '#toast'));
    const again = page.getByRole('button', { name: 'Restart anyway' });
    await until('an answer', async () => (await under()) || (await again.isVisible()), 20000);
    if (await again.isVisible()) { // just created, it counts as being deployed
      assert.match(await text(page, '#ask-refusal'), /search is being deployed/);
      await again.click();
      await until('it is under way', under, 20000);
    }
    await until('it is told by the stream', async () => /[1-9]\d* in all/.test(await text(page, '.wide-figures')), 30000);
    assert.ok(complaints.every((line) => /401|409/.test(line)), String(complaints));
  } finally {
    await page.close();
  }
});
