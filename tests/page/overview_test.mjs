/* SPDX-License-Identifier: MIT */
/* What the page says first: the overall state and its root causes, the engine, the daemon itself. */
import assert from 'node:assert/strict';
import { fixture, rootFleet } from './page_server.mjs';
import { fleet, live, names, pageTest, text, together } from './page.mjs';

together('overview', () => {
  pageTest('overall state: a word, a sentence, who is down by itself, why, and what is done', fleet, async (page) => {
    await live(page);
    assert.equal(await text(page, '.word'), 'Degraded');
    assert.equal(await text(page, '.sentence'), '2 services are down. 5 of 10 services serve.');
    const roots = await page.locator('.root').allInnerTexts();
    assert.match(roots[0], /^billing has failed: Connection refused\. for 1\d min\s+Not restarted now: its restarts are used up\.$/);
    assert.match(roots[1], /^rag-api is unhealthy: 503 Service Unavailable\. [^]*quaywatch is restarting it\.$/);
    assert.equal(await page.title(), '2 need attention · quaywatch');
    assert.match(await text(page, '#platform'), /connected, 20\.10\.24 \(API 1\.41\)[^]*acts[^]*node-1[^]*0\.1\.0[^]*42/);
    assert.match(await text(page, '.figures'),
      /Services\s*10\s*Instances serving\s*7 of 13\s*Recent restarts\s*8/);
  });

  pageTest('one root is told with all that are down because of it, through others too', rootFleet, async (page) => {
    await live(page);
    assert.equal(await text(page, '.sentence'), 'postgres is down, and 3 services because of it. 3 of 10 services serve.');
    assert.equal(await page.locator('.root').count(), 1);
    assert.match(await text(page, '.root-what'), /^postgres has failed: Connection refused\./);
    assert.deepEqual(await page.locator('.victims .need b').allInnerTexts(), ['billing', 'gateway', 'rag-api']);
    await page.locator('.root-what a').click();
    await page.locator('h1', { hasText: 'postgres' }).waitFor();
  });

  pageTest('overall state: all well', () => fixture('calm'), async (page) => {
    await live(page);
    assert.equal(await text(page, '.word'), 'All is well');
    assert.equal(await text(page, '.sentence'), 'All 4 services serve.');
    assert.equal(await page.locator('.root').count(), 0);
    assert.ok(await page.locator('.roots').isHidden());
    assert.equal(await page.title(), 'All is well · quaywatch');
  });

  pageTest('the engine is lost: what, why and what to do', () => fixture('engine_lost'), async (page) => {
    await live(page);
    assert.equal(await text(page, '.word'), 'Engine lost');
    const sentence = await text(page, '.sentence');
    for (const part of ['nothing listens on it. Start the engine (systemctl start docker)',
      'quaywatch reconnects by itself. The services are kept as last seen; nothing is restarted now.']) {
      assert.ok(sentence.includes(part), sentence);
    }
    assert.match(await text(page, '#platform'), /lost, 20\.10\.24/);
    assert.equal((await names(page)).length, 10);
  });

  pageTest('the controller’s own troubles are shown', fleet, async (page, server) => {
    server.health = fixture('health_warning');
    await page.reload();
    await page.locator('.notices .notice').waitFor();
    assert.equal(await text(page, '.notices'), 'quaywatch, disk: 8.2% free.');
    assert.match(await text(page, '#own'), /quaywatch 0\.1\.0 · up 28 min · 9 MiB in use/);
  });

  for (const [mode, words] of [['dry-run', /^Dry run\. quaywatch decides and reports, but restarts nothing\.$/],
    ['observe', /^Only observing\. quaywatch restarts nothing here\.$/]]) {
    pageTest(`${mode} is said in every view`, () => {
      const doc = fleet();
      doc.controller.mode = mode;
      return doc;
    }, async (page) => {
      await live(page);
      assert.match(await text(page, '.notices'), words);
      await page.locator('#nav a', { hasText: 'Findings' }).click();
      assert.match(await text(page, '.notices'), words);
    });
  }
});
