/* SPDX-License-Identifier: MIT */
/* All page tests in one process, so that they share one browser: node --test all.mjs */
import { readdirSync } from 'node:fs';

const names = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('_test.mjs')).sort();
for (const name of names) await import(`./${name}`);
