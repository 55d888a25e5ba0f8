/* SPDX-License-Identifier: MIT */
/* Takes a picture of a running dashboard: node screenshot.mjs URL OUT.png [WIDTH HEIGHT SCHEME]
 * SCHEME is light or dark. HEIGHT 0 takes the whole page. WAIT_S (default 24) is how long the page watches
 * first, so that the sparklines have something to show. URL may name a view: http://localhost:8080/#/findings. */
import { launch } from './browser.mjs';

const [url, out, width = '1280', height = '860', scheme = 'light'] = process.argv.slice(2);
if (!url || !out || !['light', 'dark'].includes(scheme)) {
  console.error('Usage: node screenshot.mjs URL OUT.png [WIDTH HEIGHT light|dark]');
  process.exit(2);
}
const browser = await launch();
try {
  const page = await browser.newPage({
    viewport: { width: Number(width), height: Number(height) || 900 }, colorScheme: scheme,
      deviceScaleFactor: Number(process.env.SCALE ?? 2),
    reducedMotion: 'reduce',
  });
  await page.goto(url);
  await page.locator('#live[data-live="on"]').waitFor({ timeout: 15000 });
  await page.waitForTimeout(Number(process.env.WAIT_S ?? 24) * 1000);
  if (Number(height) === 0) { // what is out of sight is not drawn: all of it comes into sight
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width: Number(width), height: whole });
    await page.waitForTimeout(2500);
  }
  await page.screenshot({ path: out });
} finally {
  await browser.close();
}
