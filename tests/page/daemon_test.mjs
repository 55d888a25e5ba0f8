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
    await openAll(page);
    await assertNoSidewaysScroll(page);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
});
