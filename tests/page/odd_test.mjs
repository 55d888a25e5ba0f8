/* SPDX-License-Identifier: MIT */
/* Answers that are hostile, sparse, or not what they should be. */
import assert from 'node:assert/strict';
import { fixture } from './page_server.mjs';
import { assertNoSidewaysScroll, live, names, openAll, pageTest, text, together } from './page.mjs';

const VIEWS = ['#/', '#/findings', '#/balance', '#/exports?format=json', '#/graph', '#/events'];

async function assertHarmless(page) {
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator('body :is(img, iframe, object, script):not(head *), [onerror], [onclick]').count(), 0);
  const links = await page.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
  assert.ok(links.every((href) => href.startsWith('#') || href.startsWith('/')), String(links));
}

together('odd answers', () => {
  for (const width of [360, 1280]) {
    pageTest(`hostile text stays text in every view, at ${width} px`, () => fixture('hostile'), async (page, server) => {
      await live(page);
      assert.equal(await page.locator('.table tbody tr').count(), 2);
      assert.match(await page.locator('.table').textContent(), /<script>window\.pwned=1<\/script>/);
      const titles = [], links = await page.locator('.table .name').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      for (const view of [...VIEWS, ...links]) {
        await page.goto(server.url + view);
        await page.locator('#view h1').waitFor();
        await openAll(page);
        await page.waitForTimeout(300);
        await assertHarmless(page);
        await assertNoSidewaysScroll(page);
        titles.push(await text(page, 'h1'));
      }
      assert.ok(titles.some((title) => title.includes('<')), String(titles));
    }, { viewport: { width, height: 800 } });
  }

  pageTest('hostile events, refusals and addresses stay text', () => fixture('hostile'),
    async (page, server, complaints) => {
    await live(page);
    server.event({ sentence: '<img src=x onerror=window.pwned=1>', service: '</script><script>window.pwned=1</script>' });
    server.onChange = () => [409, { detail: '<img src=x onerror=window.pwned=1>' }];
    await page.locator('.table .name').first().click();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.locator('#ask-token-field').fill('s3cret');
    await page.locator('#ask-yes').click();
    await page.locator('#ask-refusal').waitFor();
    assert.match(await text(page, '#ask-refusal'), /<img src=x/);
    await page.goto(`${server.url}#/services/%3Cimg%20src=x%20onerror=window.pwned=1%3E`);
    await page.locator('.empty:visible').waitFor();
    assert.match(await text(page, '.empty:visible'), /“<img src=x onerror=window\.pwned=1>”/);
    await page.goto(`${server.url}#/services/%E0%A4%A`);
    await page.locator('.empty:visible').waitFor();
    await assertHarmless(page);
    assert.ok(complaints.every((line) => line.includes('409')), String(complaints));
    complaints.length = 0;
  });

  pageTest('missing and null fields are no trouble', () => fixture('sparse'), async (page, server) => {
    await live(page);
    assert.deepEqual((await names(page)).sort(), ['bare', 'odd', 'unnamed']);
    assert.match(await page.locator('.table').textContent(), /Perplexed/);
    for (const name of await names(page)) {
      await page.goto(`${server.url}#/services/${name}`);
      await page.locator('h1', { hasText: name }).waitFor();
      await openAll(page);
    }
    for (const view of VIEWS) await page.goto(server.url + view);
  });

  for (const answer of [null, [], 'text', 7]) {
    pageTest(`an answer that is ${JSON.stringify(answer)} does not break the page`, () => answer, async (page) => {
      await live(page);
      assert.equal(await page.locator('.table tbody tr').count(), 0);
    }, { polling: true });
  }
});
