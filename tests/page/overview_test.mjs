/* SPDX-License-Identifier: MIT */
/* What the page says first: the overall state, the engine, the daemon itself. */
import assert from 'node:assert/strict';
import { fixture } from './page_server.mjs';
import { fleet, live, names, pageTest, text, together } from './page.mjs';

together('overview', () => {
  pageTest('overall state: a word, a sentence, who is concerned and what is done', fleet, async (page) => {
    await live(page);
    assert.equal(await text(page, '#word'), 'Degraded');
    assert.equal(await text(page, '#sentence'), 'billing has failed; holding back: its restarts are used up. '
      + 'rag-api is unhealthy; restarting it. 5 of 10 services serve.');
    assert.equal(await page.title(), '2 need attention · quaywatch');
    assert.match(await text(page, '#platform'),
      /connected, 20\.10\.24 \(API 1\.41\)[^]*Acts[^]*node-1[^]*0\.1\.0[^]*42, changed 1\d s ago/);
    assert.match(await text(page, '#figures'),
      /Services\s*10\s*Instances serving\s*7 of 13\s*Recent restarts\s*8/);
  });

  pageTest('overall state: all well', () => fixture('calm'), async (page) => {
    await live(page);
    assert.equal(await text(page, '#word'), 'Healthy');
    assert.equal(await text(page, '#sentence'), 'All 4 services serve.');
    assert.equal(await page.locator('.decision').count(), 0);
  });

  pageTest('the engine is lost: what, why and what to do', () => fixture('engine_lost'), async (page) => {
    await live(page);
    assert.equal(await text(page, '#word'), 'Engine lost');
    const sentence = await text(page, '#sentence');
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

  pageTest('dry run says so', () => {
    const doc = fleet();
    doc.controller.mode = 'dry-run';
    return doc;
  }, async (page) => {
    await live(page);
    assert.match(await text(page, '#platform'), /Dry run: decides and reports, but restarts nothing\./);
  });
});
