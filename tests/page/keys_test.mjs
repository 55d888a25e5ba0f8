/* SPDX-License-Identifier: MIT */
/* Everything by single keys. */
import assert from 'node:assert/strict';
import { fleet, focused, live, pageTest, text, together } from './page.mjs';

/* The key of a view: its place in the bar. */
const keyOf = async (page, label) => String((await page.locator('#nav a').allInnerTexts()).indexOf(label) + 1);

together('keys', () => {
  pageTest('through the rows, into one, back; views by number; help', fleet, async (page) => {
    await live(page);
    await page.keyboard.press('j');
    assert.equal(await focused(page), 'billing');
    await page.keyboard.press('j');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), 'search');
    await page.keyboard.press('k');
    assert.equal(await focused(page), 'rag-api');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(page), 'billing');
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: 'billing' }).waitFor();
    assert.equal(await focused(page), 'billing');
    await page.keyboard.press('j');
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY');
    await page.keyboard.press('Escape');
    await page.locator('.table').waitFor();
    assert.equal(await focused(page), 'billing');
    await page.keyboard.press(await keyOf(page, 'Findings'));
    assert.equal(await text(page, 'h1'), 'Findings');
    await page.keyboard.press('/');
    await page.keyboard.type('web');
    assert.equal(await page.locator('.groups .need').count(), 1);
    assert.match(page.url(), /#\/findings\?q=web$/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help').isVisible());
    await page.keyboard.press('1'); // of the page below, not now
    assert.equal(await text(page, '#view h1'), 'Findings');
    await page.keyboard.press('Escape');
    await page.keyboard.press('1');
    await page.locator('.table').waitFor();
  });

  pageTest('slash searches from any view', fleet, async (page) => {
    await live(page);
    await page.keyboard.press(await keyOf(page, 'Balance'));
    await page.locator('h1', { hasText: 'Balance' }).waitFor();
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement.id === 'search');
  });

  pageTest('single keys can be switched off', fleet, async (page) => {
    await live(page);
    await page.locator('#help-open').click();
    await page.locator('#keys-off').uncheck();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('2');
    await page.keyboard.press('j');
    assert.equal(await page.locator('.table').count(), 1);
    assert.notEqual(await focused(page), 'billing');
    await page.reload();
    await live(page);
    await page.keyboard.press('2');
    assert.equal(await page.locator('.table').count(), 1);
  });
});
