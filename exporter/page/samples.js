/* SPDX-License-Identifier: MIT */
/* What moves: response times of each instance, as far as this page has seen them, and the line they draw. */
import { list, number, object } from './words.js';

const SPARK_POINTS = 40;
export const SPARK = { width: 104, height: 26 };

export const samples = new Map(); // instance id → { points: [{ms, ok}], latest }

export function takeSamples(answer) {
  const seen = new Set();
  for (const service of list(object(answer).services)) {
    for (const latest of list(service.instances)) {
      const before = samples.get(latest.id);
      seen.add(latest.id);
      if (before?.latest.last_check_at === latest.last_check_at) continue;
      const points = before?.points ?? [];
      const ok = !before || number(latest.checks_failed) <= number(before.latest.checks_failed);
      const ms = Number.isFinite(latest.response_time_ms) ? latest.response_time_ms : null;
      if (latest.last_check_at) points.push({ ms, ok });
      samples.set(latest.id, { points: points.slice(-SPARK_POINTS), latest });
    }
  }
  for (const id of samples.keys()) if (!seen.has(id)) samples.delete(id);
}

/* The paths of a sparkline: from zero to the highest point; a failed check is a cross on the ground. */
export function sparkPaths(points) {
  const { width, height } = SPARK;
  const top = Math.max(...points.map((p) => p.ms ?? 0), 1) * 1.12;
  const step = width / (Math.max(points.length, 14) - 1);
  const from = width - step * (points.length - 1);
  let stroke = '', miss = '', pen = 'M', first = null, last = null;
  points.forEach((point, i) => {
    const x = +(from + i * step).toFixed(1);
    if (!point.ok || point.ms === null) {
      miss += `M${x - 2} ${height - 6}l4 4m0-4l-4 4`;
      pen = 'M';
      return;
    }
    stroke += `${pen}${x} ${(height - 1 - (point.ms / top) * (height - 3)).toFixed(1)}`;
    pen = 'L';
    first ??= x;
    last = x;
  });
  const whole = miss === '' && first !== last;
  return { stroke, miss, area: whole ? `${stroke}L${last} ${height}L${first} ${height}Z` : '' };
}
