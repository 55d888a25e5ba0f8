/* SPDX-License-Identifier: MIT */
/* Prints what one service's change costs the page beside drawing all anew: node bench.mjs COUNT ROUNDS
 * → milliseconds and DOM writes of one, of one that moves, of all. */
import { launch } from './browser.mjs';
import { compareCosts } from './scale.mjs';

const [count = 1000, rounds = 40] = process.argv.slice(2).map(Number);
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
const { one, moving, all } = await compareCosts(page, count, rounds);
for (const { ms, writes } of [one, moving, all]) console.log(ms.toFixed(2), writes.toFixed(0));
await browser.close();
