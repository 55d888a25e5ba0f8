/* SPDX-License-Identifier: MIT */
/* The drawn graph: who is drawn and joined, the root of what is down, changes, many services, hostile names. */
import assert from 'node:assert/strict';
import { fixture, manyServices, rootFleet } from './page_server.mjs';
import { assertNoSidewaysScroll, fleet, live, pageTest, text, together, until } from './page.mjs';

const node = (page, name) => page.locator(`.graph-node[data-name="${name}"]`);
const arrow = (page, from, to) => page.locator(`.arrow[data-from="${from}"][data-to="${to}"]`);

/* Where a drawn node stands. */
const placeOf = (page, name) => node(page, name).getAttribute('transform');

together('graph', () => {
  pageTest('shows who needs whom, by kind', fleet, async (page) => {
    await node(page, 'postgres').waitFor();
    assert.equal(await arrow(page, 'billing', 'postgres').getAttribute('data-type'), 'required');
    assert.equal(await arrow(page, 'gateway', 'session-cache').getAttribute('data-type'), 'optional');
    assert.equal(await arrow(page, 'web', 'billing').getAttribute('data-type'), 'soft');
    assert.match(await text(page, '.alone'), /1 service without dependencies\s+mailer/);
    assert.equal(await node(page, 'mailer').count(), 0);
    await page.locator('.order summary').click();
    assert.match(await text(page, '.steps'), /postgres/);
  }, { at: '#/graph' });

  pageTest('marks the root of what is down, and whom it takes down', rootFleet, async (page) => {
    await node(page, 'postgres').waitFor();
    assert.equal(await page.locator('.graph-node.root').count(), 1);
    assert.equal(await node(page, 'postgres').getAttribute('class'), 'graph-node root');
    assert.match(await node(page, 'postgres').getAttribute('aria-label'), /postgres: failed, the root of 3 other services/);
    assert.match(await node(page, 'billing').getAttribute('aria-label'), /unhealthy, down because of postgres/);
    assert.match(await arrow(page, 'billing', 'postgres').getAttribute('class'), /blame/);
    assert.match(await text(page, '.view-head'), /4 services are down; the root is postgres/);
  }, { at: '#/graph' });

  pageTest('a change of status changes colours and moves nothing', fleet, async (page, server) => {
    await node(page, 'postgres').waitFor();
    const before = await placeOf(page, 'postgres');
    await page.evaluate(() => { document.querySelector('.graph-node').dataset.kept = 'yes'; });
    server.doc = rootFleet();
    await until('red', async () => (await node(page, 'postgres').getAttribute('data-tone')) === 'failed');
    assert.equal(await placeOf(page, 'postgres'), before);
    assert.equal(await page.locator('[data-kept]').count(), 1);
    const doc = rootFleet();
    doc.services.find((s) => s.name === 'mailer').dependencies = [{ name: 'postgres', type: 'required', status: 'failed' }];
    server.doc = doc;
    await node(page, 'mailer').waitFor();
    assert.equal(await arrow(page, 'mailer', 'postgres').count(), 1);
  }, { at: '#/graph' });

  pageTest('leads to a service and back, by mouse and by keys', fleet, async (page) => {
    await node(page, 'rag-api').click();
    await page.locator('h1', { hasText: 'rag-api' }).waitFor();
    await page.locator('.panel-link a').click();
    await page.locator('h1', { hasText: 'Graph' }).waitFor();
    assert.match(page.url(), /around=rag-api/);
    assert.match(await text(page, '.view-head'), /What is joined to rag-api/);
    await page.keyboard.press('j');
    const name = await page.evaluate(() => document.activeElement.dataset.name);
    await page.keyboard.press('Enter');
    await page.locator('h1', { hasText: name }).waitFor();
  }, { at: '#/graph' });

  pageTest('only neighbours stand out under the pointer', fleet, async (page) => {
    await node(page, 'embedder').hover();
    assert.match(await node(page, 'rag-api').getAttribute('class'), /near/);
    assert.doesNotMatch(await node(page, 'web').getAttribute('class'), /near/);
  }, { at: '#/graph' });

  pageTest('a thousand services: what is down and its neighbours', () => {
    const doc = manyServices(1000);
    doc.services.forEach((service, i) => {
      if (i > 0) service.dependencies = [{ name: doc.services[i % 100].name, type: 'required', status: 'healthy' }];
    });
    return doc;
  }, async (page) => {
    await page.locator('.graph-node').first().waitFor();
    const count = await page.locator('.graph-node').count();
    assert.ok(count >= 50 && count <= 250, `${count} nodes`);
    assert.match(await text(page, '.view-head'), /of \d+|too many for one picture/);
    await page.locator('.graph-tools select').selectOption('project-3');
    await until('less', async () => /project=project-3/.test(page.url()));
  }, { at: '#/graph' });

  pageTest('hostile names stay text', () => fixture('hostile'), async (page) => {
    await live(page);
    await page.locator('.graph-node, #view .empty:not([hidden])').first().waitFor();
    assert.equal(await page.locator('#view img, #view script').count(), 0);
  }, { at: '#/graph' });

  pageTest('without dependencies it says how they come to be', () => fixture('empty'), async (page) => {
    await page.locator('.empty .title').first().waitFor();
    assert.match(await text(page, '#view .empty:not([hidden])'), /service\.depends_on/);
  }, { at: '#/graph' });

  pageTest('fits a phone', rootFleet, async (page) => {
    await node(page, 'postgres').waitFor();
    await assertNoSidewaysScroll(page);
    await page.getByRole('button', { name: 'Larger' }).click();
    await assertNoSidewaysScroll(page);
  }, { at: '#/graph', viewport: { width: 360, height: 780 } });
});
