/* SPDX-License-Identifier: MIT */
/* What is kept in step with the registry, the worst first, and a look at any format; hostile names stay names. */
import assert from 'node:assert/strict';
import { assertNoSidewaysScroll, fleet, live, pageTest, text, together, until } from './page.mjs';

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
const exit = (fields) => ({
  kind: 'file', target: '/etc/haproxy/quaywatch.cfg', state: 'fine', sentence: '', since: ago(200), written_at: ago(70),
  services: 3, endpoints: 5, writes: 7, spared: 2, failures: 0, bytes: 2048, ...fields,
});

together('exports', () => {
  pageTest('the worst first, with why; and what there is when nothing is kept in step', fleet, async (page, server) => {
    await live(page);
    await page.goto(`${server.url}#/exports`);
    await page.locator('.exports .empty').waitFor();
    assert.match(await text(page, '.exports'), /Nothing is kept in step by itself\./);
    server.exports = [exit({}), exit({ kind: 'etcd', target: 'http://etcd:2379', state: 'failing',
      sentence: 'It does not answer; its keys stay until their lease ends', failures: 4, written_at: null }),
    exit({ kind: 'dns', target: '0.0.0.0:53', state: 'waiting' })];
    await page.locator('.exit').first().waitFor();
    const [first, second, third] = await page.locator('.exit').allInnerTexts();
    assert.match(first, /etcd http:\/\/etcd:2379 Failing for 3 min\s+It does not answer; its keys stay until their lease ends\./);
    assert.match(first, /4 failed/);
    assert.doesNotMatch(first, /Written/);
    assert.match(second, /dns 0\.0\.0\.0:53 Waiting[^]*it waits for an answer, or for the first checks\./);
    assert.match(third, /In step[^]*5 endpoints of 3 services\s*Written 1 min ago\s*7 writes, 2\.0 KiB\s*2 spared/);
    assert.deepEqual(await page.locator('.exit').evaluateAll((all) => all.map((one) => one.dataset.tone)),
      ['unhealthy', 'starting', 'healthy']);
    assert.match(await text(page, '.view-head'), /3 places kept in step, 1 failing\./);
  });

  pageTest('a format is shown, copied, renewed, and put away', fleet, async (page, server) => {
    await live(page);
    await page.goto(`${server.url}#/exports`);
    await page.locator('.chip', { hasText: 'hosts' }).click();
    await page.locator('.sample pre').waitFor();
    assert.equal(await page.locator('.sample pre').textContent(), '172.20.0.2\tweb\n');
    assert.match(page.url(), /#\/exports\?format=hosts$/);
    await page.locator('.exports .copy').click();
    await until('the word of it', async () => (await page.locator('#said').textContent()) === 'Copied.');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '172.20.0.2\tweb\n');
    server.formats.hosts = '172.20.0.9\tweb\n';
    server.doc = { ...fleet(), changed_at: ago(0) };
    await until('the new text', async () => (await page.locator('.sample pre').textContent()).includes('172.20.0.9'));
    await page.locator('.chip', { hasText: 'hosts' }).click();
    await until('it is put away', async () => (await page.locator('.sample pre').count()) === 0);
  }, { permissions: ['clipboard-read', 'clipboard-write'] });

  pageTest('hostile text is text, and long lines stay inside', fleet, async (page, server) => {
    const hostile = `<img src=x onerror="window.hit=1">${'x'.repeat(400)}`;
    server.exports = [exit({ target: hostile, sentence: hostile, state: 'failing' }), null, 3, { state: '__proto__' }];
    server.formats = { json: hostile };
    await page.goto(`${server.url}#/exports?format=json`);
    await page.locator('.sample pre').waitFor();
    assert.equal(await page.locator('.sample pre').textContent(), hostile);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    await page.setViewportSize({ width: 360, height: 700 });
    await assertNoSidewaysScroll(page);
  });
});
