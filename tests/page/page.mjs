/* SPDX-License-Identifier: MIT */
/* What all page tests share: one browser a file, a page on a server with a recorded answer, and its parts. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { launch } from './browser.mjs';
import { fixture, startServer } from './page_server.mjs';

let browser; // a promise, once a test needs it
after(async () => (await browser)?.close());

/* A page in a context of its own, which ends with it. Where no test looks at motion there is none: without a
 * graphics processor it takes half a core a page. */
export async function newPage(options) {
  browser ??= launch();
  return (await browser).newPage(
    { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
}

/* Tests that mostly wait: three at a time. */
export const together = (name, define) => describe(name, { concurrency: 3 }, define);

/* Runs in the page: it asks every two seconds; here ten times as often. */
export function hurry() {
  const real = window.setTimeout;
  window.setTimeout = (run, ms, ...rest) => real(run, ms === 2000 ? 200 : ms, ...rest);
}

/* Takes down what a page complains about on its console. */
export function complaintsOf(page) {
  const complaints = [];
  page.on('console', (line) => {
    if (['error', 'warning'].includes(line.type())) complaints.push(line.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

/* Opens the page on a server that answers with doc; afterwards nothing may have been complained about on the
 * console or asked of another host. */
async function withPage(doc, { hurried, polling, at = '', ...options }, run) {
  const server = await startServer(doc);
  if (polling) server.stream = 'off';
  const page = await newPage(options);
  const complaints = complaintsOf(page), strangers = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) strangers.push(request.url());
  });
  try {
    if (hurried) await page.addInitScript(hurry);
    await page.goto(server.url + at);
    await run(page, server, complaints);
    const bad = complaints.filter((line) => !(polling && /501/.test(line)));
    assert.deepEqual(bad, [], 'console');
    assert.deepEqual(strangers, [], 'requests to others');
  } finally {
    await page.close();
    await server.stop();
  }
}

/* A test of the page with the answer that doc() gives. Options are those of the browser's pages; hurried: the
 * page asks ten times as often; polling: there is no stream; at: the view that is opened. */
export const pageTest = (name, doc, run, options = {}) =>
  test(name, { timeout: 60000 }, () => withPage(doc(), options, run));

export const fleet = () => fixture('fleet');
export const text = (page, selector) => page.locator(selector).innerText();
export const names = (page) => page.locator('.table tbody .name').allTextContents();
export const row = (page, name) => page.locator('.table tbody tr',
  { has: page.locator('.name', { hasText: new RegExp(`^${name}$`) }) });
export const live = (page) => page.locator('#live[data-live="on"]').waitFor();
export const focused = (page) => page.evaluate(() => document.activeElement.innerText);

/* Goes to a service by its row. */
export async function visit(page, name) {
  await row(page, name).locator('.name').click();
  await page.locator('h1', { hasText: name }).waitFor();
}

/* Opens every instance and note that can be opened. */
export async function openAll(page) {
  for (const details of await page.locator('details:visible').all()) {
    if (!(await details.evaluate((node) => node.open))) await details.locator('summary').first().click();
  }
}

/* Polls until check gives true. */
export async function until(what, check, timeout = 9000) {
  const end = Date.now() + timeout;
  while (!(await check())) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function assertNoSidewaysScroll(page) {
  const { inside, outside } = await page.evaluate(() => ({
    inside: document.documentElement.scrollWidth, outside: document.documentElement.clientWidth,
  }));
  assert.ok(inside <= outside, `${inside} px of content in ${outside} px`);
}

/* No word is cut in two by a column that is too narrow, and nothing juts out of its box. */
export async function assertWholeWords(page, words, boxes) {
  const wrong = await page.evaluate(([words, boxes]) => {
    const found = [];
    for (const node of document.querySelectorAll(words)) {
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        for (const { 0: word, index } of text.data.matchAll(/[a-z]+/gi)) {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          if (new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size > 1) found.push(word);
        }
      }
    }
    for (const node of document.querySelectorAll(boxes)) {
      if (node.scrollWidth > node.clientWidth + 1) found.push(`${node.className}: "${node.innerText}"`);
    }
    return found;
  }, [words, boxes]);
  assert.deepEqual(wrong, []);
}
