/* SPDX-License-Identifier: MIT */
/* The uptime of each service over the last day, where the daemon keeps history. */
import { list } from './words.js';

export const uptimes = new Map(); // service name → {percent, bars: [{at, status, uptime_percent}]}

/* Takes an answer of /api/v1/history; gives whether there is anything to draw. */
export function takeHistory(answer) {
  if (!Array.isArray(answer?.services)) return false;
  uptimes.clear();
  for (const service of list(answer.services)) {
    uptimes.set(String(service.name), { percent: service.uptime_percent ?? null, bars: list(service.bars) });
  }
  return true;
}

/* 99.95 → "99.95 %"; nothing known → "–". Never rounded up to 100. */
export function percentText(percent) {
  if (!Number.isFinite(percent)) return '–';
  if (percent >= 100) return '100 %';
  return `${(Math.floor(percent * 100) / 100).toFixed(percent >= 99 ? 2 : 1)} %`;
}
