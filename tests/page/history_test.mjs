/* SPDX-License-Identifier: MIT */
/* The history of a service: bars, figures beside targets, windows; and a daemon that keeps none. */
import assert from 'node:assert/strict';
import { assertNoSidewaysScroll, fleet, pageTest, text, together } from './page.mjs';

together('history', () => {
  pageTest('bars and figures beside their targets', fleet, async (page) => {
    await page.locator('.history:not([hidden])').waitFor();
    assert.equal(await page.locator('.uptime-strip i').count(), 48);
    assert.match(await page.locator('.uptime-strip').getAttribute('aria-label'), /Uptime 98\.7 %; 1 of 48/);
    assert.match(await text(page, '.targets'), /Uptime\s+98\.7 %\s*(, target missed)?\s*at least 99\.9 %/);
    assert.equal(await page.locator('.targets .judged[data-tone="unhealthy"]').count(), 2);
    await page.getByRole('button', { name: '7 days' }).click();
    assert.equal(await page.locator('.uptime-strip i').count(), 56);
    assert.match(await text(page, '.targets'), /99\.95 %/);
    await page.getByRole('button', { name: '30 days' }).click();
    assert.equal(await page.locator('.uptime-strip i').count(), 60);
    assert.equal(await page.getByRole('button', { name: '30 days' }).getAttribute('aria-pressed'), 'true');
    await page.locator('summary', { hasText: 'Latest changes of status' }).click();
    assert.match(await text(page, '.history-more'), /unhealthy → healthy/);
  }, { at: '#/services/rag-api' });

  pageTest('what is not known is said to be so', fleet, async (page) => {
    const first = page.locator('.uptime-strip i').first();
    await first.waitFor();
    assert.match(await first.getAttribute('title'), /nothing known/);
    assert.equal(await first.getAttribute('data-tone'), 'none');
  }, { at: '#/services/rag-api' });

  pageTest('fits a phone', fleet, async (page) => {
    await page.locator('.history:not([hidden])').waitFor();
    await assertNoSidewaysScroll(page);
  }, { at: '#/services/rag-api', viewport: { width: 360, height: 780 } });
});
