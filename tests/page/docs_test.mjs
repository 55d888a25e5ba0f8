/* SPDX-License-Identifier: MIT */
/* The description of the API for people, as a running quaywatch serves it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertNoSidewaysScroll, complaintsOf, newPage } from './page.mjs';

const url = process.env.QUAYWATCH_URL;
const options = { timeout: 60000, skip: url ? false : 'QUAYWATCH_URL is not set' };

async function withDocs(hash, pageOptions, run) {
  const page = await newPage(pageOptions);
  const complaints = complaintsOf(page), strangers = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) strangers.push(request.url());
  });
  try {
    await page.goto(`${url}/docs${hash}`);
    await run(page);
    assert.deepEqual(complaints, [], 'console');
    assert.deepEqual(strangers, [], 'requests to others');
  } finally {
    await page.close();
  }
}

test('every route of the description has its card, and a link that leads there', options, () =>
  withDocs('', {}, async (page) => {
    const description = await (await fetch(`${url}/api/v1/openapi.json`)).json();
    for (const [path, item] of Object.entries(description.paths)) {
      const id = Object.values(item)[0].operationId.replace(/^proxy.*/, 'proxy');
      const card = page.locator(`article#${id}`);
      assert.equal(await card.locator('h3 > code').innerText(), path);
      assert.match(await card.locator('pre').innerText(), /^curl .*http:\/\/localhost:8080\//);
      assert.equal(await page.locator(`nav.contents a[href="#${id}"]`).count(), 1);
    }
    await page.locator('nav.contents a[href="#resolveService"]').click();
    await page.waitForFunction(() => {
      const { top } = document.getElementById('resolveService').getBoundingClientRect();
      return top >= 0 && top < window.innerHeight / 2;
    });
    const broken = await page.evaluate(() => [...document.querySelectorAll('a[href^="#"]')]
      .map((link) => link.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
    assert.deepEqual(broken, []);
  }));

for (const [width, colorScheme] of [[1280, 'light'], [768, 'dark'], [380, 'dark']]) {
  test(`it fits ${width} px, and is ${colorScheme} where the reader is`, options, () =>
    withDocs('#setMaintenance', { viewport: { width, height: 900 }, colorScheme }, async (page) => {
      await assertNoSidewaysScroll(page);
      const [red] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g));
      assert.equal(Number(red) > 128, colorScheme === 'light');
    }));
}

test('it is linked from the dashboard', options, async () => {
  const page = await newPage({});
  try {
    await page.goto(url);
    await page.locator('footer a[href="/docs"]').click();
    await page.locator('h1', { hasText: 'The API of quaywatch' }).waitFor();
  } finally {
    await page.close();
  }
});
