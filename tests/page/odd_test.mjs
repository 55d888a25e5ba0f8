/* SPDX-License-Identifier: MIT */
/* Answers that are hostile, sparse, not what they should be, or large. */
import assert from 'node:assert/strict';
import { fixture, manyServices } from './page_server.mjs';
import { assertNoSidewaysScroll, live, names, openAll, pageTest, text, together, until } from './page.mjs';

together('odd answers', () => {
  for (const width of [360, 1280]) {
    pageTest(`hostile text stays text, at ${width} px`, () => fixture('hostile'), async (page) => {
      await live(page);
      await openAll(page);
      assert.equal(await page.evaluate(() => window.pwned), undefined);
      assert.equal(await page.locator('main img, main script, main iframe, [onerror]').count(), 0);
      const links = await page.locator('main a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      assert.ok(links.every((href) => href.startsWith('#') || href.startsWith('/')), String(links));
      assert.match(await text(page, '#list'), /<script>window\.pwned=1<\/script>/);
      assert.equal(await page.locator('.service').count(), 2);
      await assertNoSidewaysScroll(page);
    }, { viewport: { width, height: 800 } });
  }

  pageTest('missing and null fields are no trouble', () => fixture('sparse'), async (page) => {
    await live(page);
    assert.deepEqual((await names(page)).sort(), ['bare', 'odd', 'unnamed']);
    await openAll(page);
    assert.match(await text(page, '#list'), /Perplexed/);
  });

  for (const answer of [null, [], 'text', 7]) {
    pageTest(`an answer that is ${JSON.stringify(answer)} does not break the page`, () => answer,
      async (page) => {
      await live(page);
      assert.equal(await page.locator('.service').count(), 0);
    });
  }
});

/* Measured, hence alone. */
pageTest('a thousand services stay quick', () => manyServices(1000), async (page, server) => {
  await live(page);
  assert.equal(await page.locator('.service').count(), 60);
  assert.equal(await text(page, '#more'), 'Show 60 more of 940');
  assert.match(await text(page, '#sentence'),
    /^50 services are unhealthy: service-0007, service-0027, service-0047 and 47 more\./);
  await page.locator('#more').click();
  assert.equal(await page.locator('.service').count(), 120);
  await page.locator('#search').fill('service-0999');
  assert.deepEqual(await names(page), ['service-0999']);
  await page.locator('#search').fill('');
  const doc = manyServices(1000);
  doc.services[500].status = 'failed';
  doc.services[500].instances[0].status = 'failed';
  const took = await page.evaluate(async (value) => {
    const [{ showSummary }, { showServices }] = await Promise.all(
      [import('/summary.js'), import('/services.js')]);
    const begin = performance.now();
    showSummary(value);
    showServices(value);
    return performance.now() - begin;
  }, doc);
  assert.ok(took < 250, `one change among 1,000 services took ${Math.round(took)} ms`);
  server.doc = doc;
  await until('the failed one is first', async () => (await names(page))[0] === 'service-0500');
});
