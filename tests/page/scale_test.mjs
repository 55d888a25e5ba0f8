/* SPDX-License-Identifier: MIT */
/* A thousand services stay smooth: a change costs what it changes, not what there is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manyServices } from './page_server.mjs';
import { live, names, newPage, pageTest, text } from './page.mjs';
import { compareCosts } from './scale.mjs';

test('one change among a thousand touches one row, and costs a fraction of drawing all', { timeout: 120000 }, async () => {
  const { one, moving, all } = await compareCosts(await newPage(), 1000, 8);
  const said = JSON.stringify({ one, moving, all });
  assert.ok(one.writes <= 40, said);
  assert.ok(moving.writes <= 60, said); // the row moves, too
  assert.ok(all.writes >= 1000, said);
  assert.ok(one.ms < all.ms / 4, said);
});

pageTest('a thousand services: a hundred rows at first, more as one goes on; search finds any', () => manyServices(1000),
  async (page) => {
    await live(page);
    assert.equal((await names(page)).length, 100);
    assert.equal(await text(page, '.table-box .more'), 'Show 100 more of 900');
    assert.equal(await text(page, '.sentence'), '50 services are down. All 1000 services serve.');
    assert.equal(await page.locator('.root').count(), 3);
    assert.match(await text(page, '.roots'), /And 47 more root causes, below\./);
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await page.waitForFunction(() => document.querySelectorAll('.table tbody tr').length >= 200);
    await page.locator('#search').fill('service-0999');
    assert.deepEqual(await names(page), ['service-0999']);
  });
