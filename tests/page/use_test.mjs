/* SPDX-License-Identifier: MIT */
/* For everyone: colours, contrast, small screens, keyboard, landmarks, motion. */
import assert from 'node:assert/strict';
import { fixture } from './page_server.mjs';
import { assertNoSidewaysScroll, assertWholeWords, fleet, live, openAll, pageTest, together, until } from './page.mjs';

together('use', () => {
  for (const colorScheme of ['light', 'dark']) {
    pageTest(`${colorScheme} follows the system, and its text has contrast enough in every view`, fleet,
      async (page, server) => {
      await live(page);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(background, colorScheme === 'dark' ? 'rgb(12, 16, 20)' : 'rgb(244, 246, 248)');
      for (const view of ['#/', '#/services/billing', '#/findings', '#/balance', '#/exports?format=json', '#/graph', '#/events']) {
        await page.goto(server.url + view);
        await page.waitForTimeout(300);
        await openAll(page);
        assert.deepEqual(await page.evaluate(findWeakText), [], view);
      }
    }, { colorScheme });
  }

  /* Runs in the page: visible text whose contrast against its background is below 4.5 (3 for large text). */
  function findWeakText() {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const known = new Map();
    const rgba = (colour) => {
      if (known.has(colour)) return known.get(colour);
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      known.set(colour, [...canvas.getImageData(0, 0, 1, 1).data]);
      return known.get(colour);
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
      if (!said || !node.checkVisibility() || node.closest('svg, .quiet, .skip, .toast, noscript, option')) continue;
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
    pageTest(`phone, 360 px: every view of ${name} fits`, doc, async (page, server) => {
      await live(page);
      for (const view of ['#/', '#/services/search', '#/services/billing', '#/findings', '#/balance', '#/exports?format=json', '#/graph',
        '#/events']) {
        await page.goto(server.url + view);
        await page.waitForTimeout(300);
        await openAll(page);
        await assertNoSidewaysScroll(page);
      }
    }, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
  }

  pageTest('phone: the navigation shows the place where one is', fleet, async (page, server) => {
    await live(page);
    const place = () => page.evaluate(() => {
      const { left, right } = document.querySelector('#nav [aria-current]').getBoundingClientRect();
      return left > -1 && right < innerWidth + 1;
    });
    for (const view of ['#/events', '#/', '#/exports', '#/services/billing']) {
      await page.goto(server.url + view);
      await until('the place is in sight', place);
      await page.reload(); // and for whoever opens the page there
      await until('the place is in sight', place);
    }
  }, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });

  for (const width of [740, 800, 920, 1060]) {
    pageTest(`${width} px: columns are wide enough for their words`, fleet, async (page, server) => {
      await live(page);
      for (const view of ['#/', '#/events', '#/findings', '#/balance', '#/exports?format=json']) {
        await page.goto(server.url + view);
        await page.waitForTimeout(300);
        await assertWholeWords(page, '#view h1, .since, .c-name .name', '.tools, .selects, .view-head, thead th');
        await assertNoSidewaysScroll(page);
      }
    }, { viewport: { width, height: 800 } });
  }

  pageTest('keyboard alone: skip link, then everything in its order, each with a ring', fleet, async (page) => {
    await live(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'view');
    const reached = [];
    for (let i = 0; i < 28; i++) {
      await page.keyboard.press('Tab');
      const [name, outline] = await page.evaluate(() => [document.activeElement.id || document.activeElement.className
        || document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]);
      reached.push(name);
      assert.equal(outline, 'solid', `no focus ring on ${name}`);
    }
    for (const name of ['search', 'SELECT', 'chip', 'BUTTON', 'name']) assert.ok(reached.includes(name), name);
    assert.ok(reached.indexOf('search') < reached.indexOf('chip'));
    assert.ok(reached.indexOf('chip') < reached.indexOf('name'));
  });

  pageTest('landmarks, headings and live regions', fleet, async (page) => {
    await live(page);
    for (const [selector, count] of [['header.bar', 1], ['main', 1], ['footer', 1], ['h1', 1], ['#view h2:visible', 1],
      ['.table tbody th[scope="row"]', 10], ['nav[aria-label]', 2], ['#said-state[role="status"]', 1],
      ['#lost [role="alert"]', 1]]) {
      assert.equal(await page.locator(selector).count(), count, selector);
    }
    const nameless = await page.locator('button:visible, a:visible, input:visible, select:visible').evaluateAll((all) =>
      all.filter((node) => !(node.textContent.trim() || node.ariaLabel || node.labels?.length)).length);
    assert.equal(nameless, 0);
  });

  pageTest('what is said aloud is the state, and only once it has lasted', fleet, async (page, server) => {
    await live(page);
    await page.evaluate(() => {
      window.said = [];
      new MutationObserver(() => window.said.push(document.getElementById('said-state').textContent))
        .observe(document.getElementById('said-state'), { childList: true, characterData: true, subtree: true });
    });
    for (let i = 0; i < 4; i++) { // a service that flaps
      const doc = structuredClone(server.doc);
      doc.revision++;
      doc.services.find((s) => s.name === 'web').status = i % 2 ? 'healthy' : 'unhealthy';
      server.doc = doc;
      await page.waitForTimeout(200);
    }
    await until('it is said', async () => (await page.evaluate(() => window.said.length)) > 0);
    assert.deepEqual(await page.evaluate(() => window.said), ['Degraded. 2 services are down. 5 of 10 services serve.']);
  });

  for (const [reducedMotion, motion] of [['reduce', /^none$/], ['no-preference', /^(?!none$)/]]) {
    pageTest(`motion stops where it is not wanted: ${reducedMotion}`, fleet, async (page) => {
      await live(page);
      assert.match(await page.locator('.turning:visible').first().evaluate((node) =>
        getComputedStyle(node).animationName), motion);
    }, { reducedMotion });
  }
});
