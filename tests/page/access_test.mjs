/* SPDX-License-Identifier: MIT */
/* For those who see, hear or move otherwise: what axe-core finds in every view, both colour schemes, phone and desktop. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fixture, rootFleet } from './page_server.mjs';
import { openAll, pageTest, together } from './page.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const VIEWS = ['#/', '#/services/rag-api', '#/services/gateway', '#/services/nobody', '#/findings', '#/balance', '#/exports?format=json', '#/graph',
  '#/events'];

/* Serious and critical findings, each in a line. */
async function grave(page) {
  // The page's own policy forbids scripts from elsewhere; the browser's protocol may still bring one.
  await page.evaluate(await (await import('node:fs/promises')).readFile(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => node.html.slice(0, 140)).join(' | ')}`);
}

together('access', () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [360, 1280]) {
      pageTest(`every view, ${colorScheme}, ${width} px`, rootFleet, async (page, server) => {
        server.alerts = ['warning', 'critical', 'emergency'].map((severity) => ({ severity, service: 'rag-api', title: 'T',
          sentence: 'S', victims: ['gateway'], sent_to: ['ntfy'], since: new Date(0).toISOString(), name: 'n' }));
        for (const view of VIEWS) {
          await page.goto(server.url + view);
          await page.locator('#live[data-live="on"]').waitFor();
          await page.waitForTimeout(400);
          await openAll(page);
          if (view === '#/events') await page.locator('.alert').first().waitFor();
          assert.deepEqual(await grave(page), [], view);
        }
        await page.goto(`${server.url}#/services/rag-api`);
        await page.locator('.actions').getByRole('button', { name: 'Maintenance' }).click();
        assert.deepEqual(await grave(page), [], 'dialog');
      }, { colorScheme, viewport: { width, height: 800 } });

      pageTest(`empty, token, silence, ${colorScheme}, ${width} px`, () => fixture('empty'), async (page, server, complaints) => {
        await page.locator('#unregistered').waitFor();
        assert.deepEqual(await grave(page), [], 'empty');
        server.refuse = 401;
        await page.reload();
        await page.locator('#token').waitFor();
        assert.deepEqual(await grave(page), [], 'token');
        server.refuse = 503;
        await page.reload();
        await page.locator('#lost:visible').waitFor();
        assert.deepEqual(await grave(page), [], 'silence');
        complaints.length = 0;
      }, { colorScheme, viewport: { width, height: 800 } });
    }
  }
});
