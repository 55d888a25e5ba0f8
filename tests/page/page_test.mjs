/* SPDX-License-Identifier: MIT */
/* The dashboard in a real browser, on recorded answers. QUAYWATCH_URL=http://… also opens a live daemon. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch } from './browser.mjs';
import { fixture, manyServices, startServer } from './page_server.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/* Opens the page on a server that answers with doc; afterwards nothing may have been complained about on the
 * console or asked of another host. */
async function withPage(doc, options, run) {
  const server = await startServer(doc);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [], strangers = [];
  page.on('console', (line) => { if (['error',
    'warning'].includes(line.type())) complaints.push(line.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) strangers.push(request.url());
  });
  try {
    await page.goto(server.url + (options.hash ?? ''));
    await run(page, server, complaints);
    assert.deepEqual(complaints, [], 'console');
    assert.deepEqual(strangers, [], 'requests to others');
  } finally {
    await context.close();
    await server.stop();
  }
}

const pageTest = (name, doc, run, options = {}) =>
  test(name, { timeout: 60000 }, () => withPage(doc(), options, run));
const fleet = () => fixture('fleet');
const text = (page, selector) => page.locator(selector).innerText();
const names = (page) => page.locator('#list .name').allInnerTexts();
const card = (page, name) => page.locator('.service',
  { has: page.locator('.name', { hasText: new RegExp(`^${name}$`) }) });
const live = (page) => page.locator('#live[data-live="on"]').waitFor();

/* Polls until check gives true. */
async function until(what, check, timeout = 9000) {
  const end = Date.now() + timeout;
  while (!(await check())) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function assertNoSidewaysScroll(page) {
  const { inside, outside } = await page.evaluate(() => ({
    inside: document.documentElement.scrollWidth, outside: document.documentElement.clientWidth,
  }));
  assert.ok(inside <= outside, `${inside} px of content in ${outside} px`);
}

pageTest('overall state: one word, one sentence, who is concerned and what is done', fleet, async (page) => {
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

pageTest('services: worst first, then by name; each shows what the document says', fleet, async (page) => {
  await live(page);
  assert.deepEqual(await names(page), ['billing', 'rag-api', 'search', 'embedder', 'mailer', 'report-worker',
    'gateway', 'postgres', 'session-cache', 'web']);
  const rag = card(page, 'rag-api');
  for (const part of ['Unhealthy', 'bot', 'production', 'version 1.4.0', 'http://rag-api:5000',
    'breaker open', 'postgres', 'required',
    '3 checks in a row failed (503 Service Unavailable); restarting bot-rag-api-1', 'Acting',
      'http://172.20.0.5:5000/health',
    '3 failed in a row', '2 of 5 restarts', '1 finding']) {
    assert.ok((await rag.innerText()).includes(part), `${part} is missing in ${await rag.innerText()}`);
  }
  const billing = await card(page, 'billing').locator('.decision').innerText();
  assert.match(billing, /Holding: its restarts are used up[^]*budget[^]*looks again in 4 min/);
  await rag.locator('.instance summary').click();
  await until('the samples', async () => /Median/.test(await rag.locator('.detail').innerText()));
  const detail = await rag.locator('.detail').innerText();
  for (const part of ['SERVER_ERROR', 'Layers', 'Application', 'index', '5000/tcp not published',
    'bot_default', 'service.health.path', 'Median', '95 of 100 below']) {
    assert.ok(detail.includes(part), `${part} is missing in ${detail}`);
  }
  assert.equal(await card(page, 'gateway').locator('.instance').count(), 3);
  assert.equal(await card(page, 'gateway').locator('.decision').count(), 0);
});

pageTest('every status has a shape and a word, not only a colour', fleet, async (page) => {
  await live(page);
  const shapes = await page.locator('.service').evaluateAll((all) => all.map((s) =>
    `${s.querySelector('.badge use').getAttribute('href')} ${s.querySelector('.state').textContent}`));
  assert.deepEqual([...new Set(shapes)],
    ['#s-failed Failed', '#s-unhealthy Unhealthy', '#s-degraded Degraded',
    '#s-starting Starting', '#s-unknown Unknown', '#s-stopped Stopped', '#s-healthy Healthy']);
});

pageTest('status chips filter, combine and go back; the address keeps the choice', fleet, async (page) => {
  await live(page);
  const chip = (status) => page.locator(`.chip[data-status="${status}"]`);
  assert.match(await chip('healthy').innerText(), /Healthy\s*4/);
  await chip('healthy').click();
  assert.deepEqual(await names(page), ['gateway', 'postgres', 'session-cache', 'web']);
  await chip('failed').click();
  assert.deepEqual(await names(page), ['billing', 'gateway', 'postgres', 'session-cache', 'web']);
  assert.equal(await chip('failed').getAttribute('aria-pressed'), 'true');
  assert.equal(await chip('all').getAttribute('aria-pressed'), 'false');
  assert.match(page.url(), /#status=healthy%2Cfailed$/);
  await page.reload();
  await live(page);
  assert.equal((await names(page)).length, 5);
  await chip('all').click();
  assert.equal((await names(page)).length, 10);
});

pageTest('search: slash focuses, words narrow, Escape clears, nothing found says so', fleet, async (page) => {
  await live(page);
  const search = page.locator('#search');
  await page.keyboard.press('/');
  assert.ok(await search.evaluate((node) => node === document.activeElement && node.value === ''));
  for (const [typed, found] of [['rag', ['rag-api']], ['shop degraded', ['search']],
    ['no-health-endpoint', ['web']],
    ['BOT-GATEWAY-2', ['gateway']], ['manual-stop', ['report-worker']]]) {
    await search.fill(typed);
    assert.deepEqual(await names(page), found, typed);
  }
  assert.equal(await page.locator('#matches').textContent(), '1 service matches.');
  await search.fill('nobody');
  assert.match(await text(page, '#nothing'), /No service matches[^]*10 services are hidden/);
  await page.keyboard.press('Escape');
  assert.equal((await names(page)).length, 10);
  await search.fill('nobody');
  await page.locator('#clear').click();
  assert.equal((await names(page)).length, 10);
});

pageTest('group by project', fleet, async (page) => {
  await live(page);
  await page.locator('#group').check();
  const items = await page.locator('#list > li').evaluateAll((all) => all
    .map((li) => li.querySelector('h3').textContent));
  assert.deepEqual(items, ['shop', 'billing', 'search', 'mailer', 'report-worker', 'web',
    'bot', 'rag-api', 'embedder', 'gateway', 'postgres', 'session-cache']);
  await page.locator('#group').uncheck();
  assert.equal(await page.locator('.project').count(), 0);
});

pageTest('a dependency leads to its service, also when that is filtered away', fleet, async (page) => {
  await live(page);
  await page.locator('.chip[data-status="failed"]').click();
  await card(page, 'billing').locator('a.need').click();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'postgres');
});

pageTest('live update: only what changed is touched; open details and focus stay; 304 otherwise', fleet,
  async (page, server) => {
  await live(page);
  const rag = card(page, 'rag-api');
  await rag.locator('.instance summary').focus();
  await page.keyboard.press('Enter');
  await page.evaluate(() => {
    for (const node of document.querySelectorAll('.service, .service *')) node.untouched = true;
  });
  await until('a 304', () => server.seen['/api/v1/status 304'] > 0);
  assert.equal(server.seen['/api/v1/status 200'], 1);

  const doc = structuredClone(server.doc);
  doc.revision = 43;
  const service = doc.services.find((s) => s.name === 'rag-api');
  const [instance] = service.instances;
  service.status = instance.status = 'healthy';
  Object.assign(instance.health, { consecutive_failures: 0, http_status: 200, message: '200 OK' });
  instance.decision = { action: 'none', reason: 'healthy', sentence: 'Healthy; nothing to do.',
    next_at: null };
  doc.services.find((s) => s.name === 'billing').status = 'degraded';
  server.doc = doc;

  await until('the new revision', async () => /43, changed/.test(await text(page, '#platform')));
  assert.match(await rag.innerText(), /Healthy/);
  assert.doesNotMatch(await rag.innerText(), /failed in a row/);
  assert.deepEqual((await names(page)).slice(0, 3), ['billing', 'search', 'embedder']);
  assert.ok(await rag.locator('details.instances, .instance details').first().evaluate((node) => node.open),
    'details stay open');
  assert.equal(await page.evaluate(() =>
    document.activeElement.closest('.service')?.querySelector('.name').textContent), 'rag-api');
  const replaced = await card(page, 'gateway').evaluate((node) => [...node.querySelectorAll('*')]
    .filter((x) => !x.untouched).length);
  assert.equal(replaced, 0, 'an unchanged service is not redrawn');
  assert.ok(await rag.evaluate((node) => node.untouched), 'a changed service keeps its node');
});

pageTest('services come and go', () => fixture('calm'), async (page, server) => {
  await live(page);
  server.doc = fleet();
  await until('ten services', async () => (await names(page)).length === 10);
  server.doc = fixture('empty');
  await until('none', async () => (await page.locator('.service').count()) === 0);
  assert.equal(await text(page, '#word'), 'Ready');
  assert.match(await text(page, '#unregistered'),
    /No services are registered yet[^]*service\.name: web[^]*service\.restart: on-unhealthy/);
  assert.ok(await page.locator('#tools').isHidden());
});

pageTest('samples: response times move and draw a line; failed checks are marked', fleet,
  async (page, server) => {
  await live(page);
  const line = card(page, 'gateway').locator('.spark .stroke').first();
  await until('a line', async () => ((await line.getAttribute('d')) ?? '').includes('L'));
  assert.match(await card(page, 'gateway').locator('.time').first().innerText(), /\d ms/);
  await until('a cross', async () => ((await card(page, 'billing').locator('.spark .miss').getAttribute('d'))
    ?? '').includes('M'), 25000);
  assert.equal(server.seen['/api/v1/status 200'], 1);
});

test('the daemon falls silent: the last state stays, greyed, with its age; then it is back',
  { timeout: 60000 }, async () => {
  let server = await startServer(fleet());
  const port = Number(new URL(server.url).port);
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    await live(page);
    await server.stop();
    await page.locator('#live[data-live="lost"]').waitFor({ timeout: 10000 });
    assert.match(await text(page, '#lost'),
      /quaywatch does not answer\. What you see is its state of .+, \d+ s ago\./);
    assert.match(await page.title(), /^No answer/);
    assert.equal((await names(page)).length, 10);
    assert.match(await page.locator('#hero').evaluate((node) => getComputedStyle(node).filter), /grayscale/);
    const age = await text(page, '#lost-age');
    await until('the age grows', async () => (await text(page, '#lost-age')) !== age);
    server = await startServer(fleet(), port);
    await live(page);
    assert.ok(await page.locator('#lost').isHidden());
  } finally {
    await page.close();
    await server.stop();
  }
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

for (const width of [360, 1280]) {
  pageTest(`hostile text stays text, at ${width} px`, () => fixture('hostile'), async (page) => {
    await live(page);
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
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
  for (const summary of await page.locator('summary:visible').all()) await summary.click();
  assert.match(await text(page, '#list'), /Perplexed/);
});

for (const answer of [null, [], 'text', 7]) {
  pageTest(`an answer that is ${JSON.stringify(answer)} does not break the page`, () => answer,
    async (page) => {
    await live(page);
    assert.equal(await page.locator('.service').count(), 0);
  });
}

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
    const [{ showSummary }, { showServices }] = await Promise.all([import('/summary.js'), import('/services.js')]);
    const begin = performance.now();
    showSummary(value);
    showServices(value);
    return performance.now() - begin;
  }, doc);
  assert.ok(took < 250, `one change among 1,000 services took ${Math.round(took)} ms`);
  server.doc = doc;
  await until('the failed one is first', async () => (await names(page))[0] === 'service-0500');
});

for (const colorScheme of ['light', 'dark']) {
  pageTest(`${colorScheme} follows the system, and its text has contrast enough`, fleet, async (page) => {
    await live(page);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(background, colorScheme === 'dark' ? 'rgb(12, 16, 20)' : 'rgb(244, 246, 248)');
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
    const weak = await page.evaluate(findWeakText);
    assert.deepEqual(weak, []);
  }, { colorScheme, reducedMotion: 'reduce' });
}

/* Runs in the page: visible text whose contrast against its background is below 4.5 (3 for large text). */
function findWeakText() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => v * (a / 255) + under[i] * (1 - a / 255));
  const backdrop = (node) => {
    if (!node) return [255, 255, 255];
    const style = getComputedStyle(node);
    const gradient = /((?:rgba?|oklab|color)\([^)]*\))/.exec(style.backgroundImage)?.[1];
    const own = rgba(gradient ?? style.backgroundColor);
    return own[3] === 255 ? own.slice(0, 3) : over(own, backdrop(node.parentElement));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92
      : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const weak = new Set();
  for (const node of document.querySelectorAll('body *')) {
    const said = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    if (!said || !node.checkVisibility() || node.closest('svg, .quiet, .skip, noscript')) continue;
    const style = getComputedStyle(node), under = backdrop(node);
    const [a, b] = [luminance(over(rgba(style.color), under)), luminance(under)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < wanted) weak.add(`${node.className || node.tagName}: ${contrast.toFixed(2)}`);
  }
  return [...weak];
}

pageTest('the theme button overrules the system and is remembered', fleet, async (page) => {
  await live(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const button = page.locator('#theme');
  assert.equal(await button.getAttribute('aria-label'), 'Colours: as the system says. Change');
  await button.click();
  await button.click();
  assert.equal(await ground(), 'rgb(12, 16, 20)');
  await page.reload();
  assert.equal(await ground(), 'rgb(12, 16, 20)');
  await page.locator('#theme').click();
  assert.equal(await ground(), 'rgb(244, 246, 248)');
}, { colorScheme: 'light' });

for (const [name, doc] of [['fleet', fleet], ['engine_lost', () => fixture('engine_lost')],
  ['empty', () => fixture('empty')]]) {
  pageTest(`phone, 360 px: ${name} fits`, doc, async (page) => {
    await live(page);
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
    await assertNoSidewaysScroll(page);
  }, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
}

pageTest('keyboard alone: skip link, chips, details', fleet, async (page) => {
  await live(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  const reached = [];
  for (let i = 0; i < 16; i++) {
    await page.keyboard.press('Tab');
    reached.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className
      || document.activeElement.tagName));
    const outline = await page.evaluate(() => {
      const node = document.activeElement.id === 'group' ? document.activeElement.nextElementSibling
        : document.activeElement;
      return getComputedStyle(node).outlineStyle;
    });
    assert.equal(outline, 'solid', `no focus ring on ${reached.at(-1)}`);
  }
  assert.deepEqual(reached.slice(0, 3), ['search', 'group', 'chip']);
  assert.ok(reached.includes('SUMMARY'));
  await page.locator('.instance summary').first().focus();
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('.instance details').first().evaluate((node) => node.open));
});

pageTest('landmarks, headings and live regions', fleet, async (page) => {
  await live(page);
  for (const [selector, count] of [['header.bar', 1], ['main', 1], ['footer', 1], ['h1', 1], ['h2', 2],
    ['.service article h3', 10],
    ['#hero [role="status"]', 1], ['#lost [role="alert"]', 1]]) {
    assert.equal(await page.locator(selector).count(), count, selector);
  }
  const nameless = await page.locator('button:visible, a:visible, input:visible').evaluateAll((all) => all
    .filter((node) =>
    !(node.textContent.trim() || node.ariaLabel || node.labels?.length)).length);
  assert.equal(nameless, 0);
});

pageTest('motion stops where it is not wanted', fleet, async (page) => {
  await live(page);
  assert.equal(await page.locator('.turning').first().evaluate((node) =>
    getComputedStyle(node).animationName), 'none');
}, { reducedMotion: 'reduce' });

pageTest('a hidden tab asks nothing', fleet, async (page, server) => {
  await live(page);
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  const asked = () => Object.entries(server.seen)
    .filter(([key]) => key.startsWith('/api')).reduce((sum, [, n]) => sum + n, 0);
  await hide(true);
  await page.waitForTimeout(400);
  const count = asked();
  await page.waitForTimeout(4500);
  assert.equal(asked(), count);
  await hide(false);
  await until('asking again', () => asked() > count, 1500);
});

pageTest('reading with a token', fleet, async (page, server, complaints) => {
  server.refuse = 401;
  await page.reload();
  await page.locator('#token').waitFor();
  assert.match(await text(page, '#lost'), /wants a token for reading/);
  await page.locator('#token-field').fill('s3cret');
  await page.keyboard.press('Enter');
  await live(page);
  assert.equal(server.headers['/api/v1/status'].authorization, 'Bearer s3cret');
  assert.ok(await page.locator('#token').isHidden());
  assert.ok(complaints.every((line) => line.includes('401')));
  complaints.length = 0;
});

pageTest('the address can be copied', fleet, async (page) => {
  await live(page);
  const button = card(page, 'rag-api').locator('.copy');
  assert.equal(await button.getAttribute('aria-label'), 'Copy the address of rag-api');
  await button.click();
  assert.equal(await page.locator('#said').textContent(), 'Copied.');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), 'http://rag-api:5000');
}, { permissions: ['clipboard-read', 'clipboard-write'] });

test('a live daemon', { skip: process.env.QUAYWATCH_URL ? false : 'QUAYWATCH_URL is not set',
  timeout: 60000 }, async () => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const complaints = [];
  page.on('console', (line) => { if (line.type() === 'error') complaints.push(line.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await page.goto(process.env.QUAYWATCH_URL);
    await live(page);
    const doc = await page.evaluate(() => fetch('/api/v1/status').then((answer) => answer.json()));
    await until('all services are shown',
      async () => (await page.locator('.service').count()) === Math.min(60, doc.services.length));
    assert.match(await text(page, '#platform'), new RegExp(`Revision\\s+\\d+`));
    for (const summary of await page.locator('summary:visible').all()) await summary.click();
    await assertNoSidewaysScroll(page);
    assert.deepEqual(complaints, []);
  } finally {
    await page.close();
  }
});
