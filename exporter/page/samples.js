/* SPDX-License-Identifier: MIT */
/* What moves: response times and use of each instance and service, as far as this page has seen them, and the line that
 * they draw. */
import { list, number, object } from './words.js';

const SPARK_POINTS = 40;
export const SPARK = { width: 104, height: 26 };

export const samples = new Map(); // instance id → {points: [{ms, ok}], latest}
export const serviceSamples = new Map(); // service name → {points, ms, p50, p95, cpu, memory, limit}; null: unknown

const finite = (value) => (Number.isFinite(value) ? value : null);

function takeInstance(latest) {
  const before = samples.get(latest.id);
  if (before?.latest.last_check_at === latest.last_check_at) {
    before.latest = latest;
    return null;
  }
  const points = before?.points ?? [];
  const ok = !before || number(latest.checks_failed) <= number(before.latest.checks_failed);
  const point = { ms: finite(latest.response_time_ms), ok };
  if (latest.last_check_at) points.push(point);
  samples.set(latest.id, { points: points.slice(-SPARK_POINTS), latest });
  return latest.last_check_at ? point : null;
}

/* The slowest instance stands for response time, the sum for use. */
function takeService(name, instances) {
  const fresh = instances.map(takeInstance).filter(Boolean);
  const most = (key) => instances.reduce((max, one) => (finite(one[key]) === null ? max
    : Math.max(max ?? 0, one[key])), null);
  const sum = (key) => instances.reduce((all, one) => (finite(one[key]) === null ? all : (all ?? 0) + one[key]), null);
  const points = serviceSamples.get(name)?.points ?? [];
  if (fresh.length > 0) {
    points.push({ ms: Math.max(...fresh.map((point) => point.ms ?? -1)), ok: fresh.every((point) => point.ok) });
    if (points.at(-1).ms < 0) points.at(-1).ms = null;
  }
  const checked = instances.some((one) => one.last_check_at);
  const limited = instances.length > 0 && instances.every((one) => finite(one.memory_limit_bytes) !== null);
  serviceSamples.set(name, { points: points.slice(-SPARK_POINTS), ms: checked ? most('response_time_ms') : null,
    p50: most('response_time_p50_ms'), p95: most('response_time_p95_ms'), p99: most('response_time_p99_ms'),
    cpu: sum('cpu_ratio'), memory: sum('memory_bytes'), limit: limited ? sum('memory_limit_bytes') : null });
}

export function takeSamples(answer) {
  const names = new Set(), ids = new Set();
  for (const service of list(object(answer).services)) {
    const instances = list(service.instances), name = String(service.name ?? 'unnamed');
    takeService(name, instances);
    names.add(name);
    for (const instance of instances) ids.add(instance.id);
  }
  for (const id of samples.keys()) if (!ids.has(id)) samples.delete(id);
  for (const name of serviceSamples.keys()) if (!names.has(name)) serviceSamples.delete(name);
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
