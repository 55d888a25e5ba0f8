/* SPDX-License-Identifier: MIT */
/* A page with a thousand services, and what a change costs it: scripting time as the browser counts it, and writes to the
 * document. Shared by the test and the bench. */
import { manyServices, startServer } from './page_server.mjs';

/* Opens the page and has all rows drawn. */
export async function openMany(page, count) {
  const server = await startServer(manyServices(count));
  await page.goto(server.url);
  await page.locator('.table tbody tr').first().waitFor();
  for (let rows = 0; rows < count;) {
    await page.evaluate(() => document.querySelector('.table-box .more').click());
    rows = await page.locator('.table tbody tr').count();
  }
  await page.evaluate(() => {
    window.writes = 0;
    new MutationObserver((all) => { window.writes += all.length; }).observe(document.getElementById('view'),
      { subtree: true, childList: true, attributes: true, characterData: true });
  });
  return server;
}

async function scripting(client) {
  const { metrics } = await client.send('Performance.getMetrics');
  const of = (name) => metrics.find((metric) => metric.name === name).value;
  return (of('ScriptDuration') + of('LayoutDuration') + of('RecalcStyleDuration')) * 1000;
}

/* change(doc, nth) makes the nth change; gives milliseconds of script, style and layout and DOM writes of each. */
export async function measure(page, server, rounds, change) {
  const client = await page.context().newCDPSession(page);
  await client.send('Performance.enable');
  const step = async (nth) => {
    const doc = structuredClone(server.doc);
    doc.revision++;
    change(doc, nth);
    server.doc = doc;
    await page.waitForFunction((revision) => document.getElementById('platform').textContent
      .includes(`Revision${revision}`), doc.revision);
  };
  await step(-1); // warm
  await page.evaluate(() => { window.writes = 0; });
  const before = await scripting(client);
  for (let nth = 0; nth < rounds; nth++) await step(nth);
  const ms = (await scripting(client) - before) / rounds;
  return { ms, writes: (await page.evaluate(() => window.writes)) / rounds };
}

/* One service flips between well and slow, in the middle of the table by name; or all of them do. */
export function flip(service, nth) {
  const slow = nth % 2 !== 0;
  service.status = service.instances[0].status = slow ? 'degraded' : 'healthy';
  service.instances[0].since = new Date(Date.now() + nth).toISOString();
  service.instances[0].decision = { action: 'none', reason: 'slow', sentence: `Answer ${nth} was slow.`, next_at: null };
}

/* What one service's change costs beside a change of all. */
export async function compareCosts(page, count, rounds) {
  // No clocks and no samples beside what is measured.
  await page.addInitScript(() => { window.setInterval = () => 0; });
  await page.route(/\/api\/v1\/(samples|history)/, (route) => route.abort());
  const server = await openMany(page, count);
  try {
    await page.locator('thead .c-name button').click(); // by name: nobody moves
    const one = await measure(page, server, rounds, (doc, nth) => flip(doc.services[count / 2], nth));
    const moving = await (async () => {
      await page.locator('thead .c-status button').click();
      return measure(page, server, rounds, (doc, nth) => flip(doc.services[count / 2], nth));
    })();
    const all = await measure(page, server, Math.max(2, rounds / 4),
      (doc, nth) => doc.services.forEach((service) => flip(service, nth)));
    return { one, moving, all };
  } finally {
    await page.context().close();
    await server.stop();
  }
}
