/* SPDX-License-Identifier: MIT */
/* Which services the table shows, and in which order: taken from the address and written to it, so that what one sees can
 * be sent to someone. */
import { WORST_FIRST, byName, rank } from './words.js';
import { serviceSamples } from './samples.js';
import { uptimes } from './history.js';

const sample = (key) => (facts) => serviceSamples.get(facts.name)?.[key] ?? null;
const share = (facts) => facts.serving / Math.max(1, facts.instances.length);

/* What one can sort by; first: which way a first click goes. Nulls come last either way. moves: by what moves with
 * every check, so that the order must not jump under somebody's hand. */
export const SORTS = {
  status: { of: (facts) => rank(facts.status), first: 1 },
  name: { of: (facts) => facts.name.toLowerCase(), first: 1 },
  project: { of: (facts) => facts.project.toLowerCase() || null, first: 1 },
  instances: { of: share, first: 1 },
  time: { of: sample('ms'), first: -1, moves: true },
  uptime: { of: (facts) => uptimes.get(facts.name)?.percent ?? null, first: 1 },
  restarts: { of: (facts) => facts.restartsInWindow * 1e6 + facts.restarts, first: -1 },
  cpu: { of: sample('cpu'), first: -1, moves: true },
  memory: { of: sample('memory'), first: -1, moves: true },
};

export const filter = { text: '', statuses: new Set(), tag: '', project: '', sort: 'status', way: 1 };

export function readFilter(query) {
  const [, minus, sort] = /^(-?)(\w+)$/.exec(query.get('sort') ?? '') ?? [];
  const known = Object.hasOwn(SORTS, sort ?? '');
  Object.assign(filter, {
    text: query.get('q') ?? '', tag: query.get('tag') ?? '', project: query.get('project') ?? '',
    statuses: new Set((query.get('status') ?? '').split(',').filter((status) => WORST_FIRST.includes(status))),
    sort: known ? sort : 'status', way: known && minus ? -1 : 1,
  });
}

export function filterAddress() {
  const query = new URLSearchParams();
  if (filter.text) query.set('q', filter.text);
  if (filter.statuses.size > 0) query.set('status', [...filter.statuses].join(','));
  if (filter.tag) query.set('tag', filter.tag);
  if (filter.project) query.set('project', filter.project);
  if (filter.sort !== 'status' || filter.way !== 1) query.set('sort', `${filter.way < 0 ? '-' : ''}${filter.sort}`);
  return query.size > 0 ? `#/?${query}` : '#/';
}

export const isFiltered = () => Boolean(filter.text || filter.tag || filter.project || filter.statuses.size);
export const clearFilter = () => Object.assign(filter, { text: '', tag: '', project: '', statuses: new Set() });

/* Makes the test that a service passes when it is to be shown. */
export function matcher() {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (facts) => (filter.statuses.size === 0 || filter.statuses.has(facts.status))
    && (!filter.tag || facts.tags.includes(filter.tag)) && (!filter.project || facts.project === filter.project)
    && words.every((word) => facts.hay.includes(word));
}

/* Compares two services in the chosen order; equal ones by status, then by name. */
export function compare(a, b) {
  const { of } = SORTS[filter.sort], x = of(a), y = of(b);
  if (x !== y) {
    if (x === null || y === null) return x === null ? 1 : -1;
    return (x < y ? -1 : 1) * filter.way;
  }
  return rank(a.status) - rank(b.status) || byName(a.name, b.name);
}
