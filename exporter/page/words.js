/* SPDX-License-Identifier: MIT */
/* The daemon's values as words a person reads. Any field of an answer may be missing or null: list, object
 * and number make something harmless of it. */

export const WORST_FIRST = ['failed', 'unhealthy', 'degraded', 'starting', 'unknown', 'stopped', 'healthy'];

/* What a hold means, said in half a sentence. */
export const HOLDS = {
  'engine-down': 'the engine does not answer', policy: 'its policy is not to restart', 'dry-run': 'dry run',
  'manual-stop': 'someone stopped it', orchestrated: 'its orchestrator heals it', paused: 'it is paused',
  'engine-restarting': 'the engine is restarting it', deploying: 'a deployment is under way',
  maintenance: 'maintenance', 'check-wrong': 'the check looks wrong, not the service',
  capacity: 'too few others would serve', 'start-period': 'it is still starting',
  dependency: 'what it depends on comes first', unreachable: 'the fault may be on our side',
  settling: 'waiting for things to settle', storm: 'too many restarts at once',
  backoff: 'waiting before the next restart', budget: 'its restarts are used up',
};

export const list = (value) => (Array.isArray(value) ? value.filter((x) => (x ?? null) !== null) : []);
export const object = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});
export const number = (value) => (Number.isFinite(value) ? value : 0);
export const plural = (n, one, many) => `${n} ${n === 1 ? one : many ?? `${one}s`}`;
export const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
export const known = (status) => (WORST_FIRST.includes(status) ? status : 'unknown');
export const rank = (status) => WORST_FIRST.indexOf(known(status));
export const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
export const words = (name) => String(name).replaceAll('_', ' ');
export const sentenceOf = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

export function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h${s < 36000 ? ` ${Math.floor(s / 60) % 60} min` : ''}`;
  return plural(Math.floor(s / 86400), 'day');
}

export function milliseconds(ms) {
  if (!Number.isFinite(ms)) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

const SCALES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count) {
  if (!Number.isFinite(count)) return '–';
  let scale = 0, value = count;
  for (; value >= 1000 && scale < SCALES.length - 1; scale++) value /= 1024;
  return `${scale > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${SCALES[scale]}`;
}
