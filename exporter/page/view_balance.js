/* SPDX-License-Identifier: MIT */
/* Breakers and the balancer in figures: who is kept from callers, what was handed out, and how fast it answers. */
import { area, arrange, h, icon, setText, stepFocus } from './dom.js';
import { fleet } from './fleet.js';
import { getObject } from './get.js';
import { serviceLink } from './router.js';
import { when } from './time.js';
import { byName, capital, milliseconds, number, object, plural, words } from './words.js';

const ASK_MS = 4000;
const ROWS = 100;
const ORDER = ['open', 'half_open', 'closed'];
const TONES = { open: 'unhealthy', half_open: 'degraded', closed: 'healthy' };
const stateOf = (stats) => (ORDER.includes(object(stats.circuitBreaker).state) ? stats.circuitBreaker.state : 'closed');

function drawBreaker(breaker, state) {
  return h('span', { class: 'state-line', 'data-tone': TONES[state] }, icon(`i-${state}`),
    h('span', null, h('span', { class: 'state' }, capital(words(state))), ' ', h('span', { class: 'since' },
      state === 'closed' ? number(breaker.failureCount) > 0 && plural(breaker.failureCount, 'failure')
        : [`${plural(number(breaker.failureCount), 'failure')}, `, when(breaker.lastStateChange, 'for')])));
}

/* How what was handed out is spread over the instances. */
function drawHanded(balancer) {
  const all = Object.entries(object(balancer.resolves)).map(([name, count]) => [name, number(count)]);
  const sum = all.reduce((total, [, count]) => total + count, 0);
  if (sum === 0) return h('span', { class: 'soft' }, 'none yet');
  const parts = all.map(([name, count]) => {
    const part = h('i', { title: `${name}: ${count}` });
    part.style.flexGrow = count;
    return part;
  });
  return [h('span', null, h('b', null, String(sum))), all.length > 1 && h('span', { class: 'spread',
    role: 'img', 'aria-label': all.map(([name, count]) => `${name} ${count}`).join(', ') }, parts)];
}

/* Median, p95 and p99 on one scale, from nothing to the slowest service. */
function drawTimes(time, top) {
  if (number(time.samples) === 0) return h('span', { class: 'soft' }, '–');
  const bar = h('span', { class: 'range', 'aria-hidden': 'true' }, ['p99', 'p95', 'p50'].map((key) => {
    const part = h('i', { class: key });
    part.style.width = `${Math.max(1, Math.sqrt(number(time[key]) / top) * 100).toFixed(1)}%`;
    return part;
  }));
  return [h('span', { class: 'three' }, ['p50', 'p95', 'p99'].map((key) => h('span', null, milliseconds(time[key])))),
    bar];
}

class BalanceScreen {
  title = 'Balance';

  constructor() {
    this.askedAt = -Infinity;
    this.limit = ROWS;
    this.sum = h('p', { class: 'soft' });
    this.rows = new Map();
    this.body = h('tbody', { role: 'rowgroup' });
    const head = (label, extra, title) => h('th', { role: 'columnheader', scope: 'col', class: extra, title }, label);
    this.table = h('table', { role: 'table', class: 'table balance', 'aria-label': 'Breakers and balancer', hidden: true },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head('Service', 'c-name'), head('Breaker', 'c-breaker'),
        head('Serving', 'c-instances'), head('Handed out', 'c-handed', 'How often /resolve gave each instance'),
        head('Median · p95 · p99', 'c-times'), head('Checks', 'c-checks', 'Passed, failed'),
        head('Restarts', 'c-restarts'))), this.body);
    this.more = h('button', { class: 'more', type: 'button', hidden: true }, 'Show more');
    this.more.addEventListener('click', () => {
      this.limit += ROWS;
      this.drawRows();
    });
    this.skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.none = h('div', { class: 'empty', hidden: true }, icon('i-balance', 'big'),
      h('h2', { class: 'title' }, 'Nothing to balance yet.'), h('p', null, 'There are no services.'));
    this.node = h('div', { class: 'stale' }, h('div', { class: 'view-head' }, h('div', null,
      h('h1', { tabindex: '-1' }, 'Balance'), this.sum)), this.skeleton, h('div', { class: 'table-box' }, this.table,
      this.more), this.none);
  }

  async ask() {
    const now = performance.now();
    if (now < this.askedAt + ASK_MS) return;
    this.askedAt = now;
    const answer = await getObject('/services/stats');
    if (!answer) return;
    this.stats = Object.entries(object(answer.services)).map(([name, value]) => [name, object(value)])
      .sort((a, b) => ORDER.indexOf(stateOf(a[1])) - ORDER.indexOf(stateOf(b[1])) || byName(a[0], b[0]));
    this.drawRows();
  }

  drawRows() {
    const counts = Object.fromEntries(ORDER.map((state) => [state, 0]));
    let handed = 0;
    for (const [, one] of this.stats) {
      counts[stateOf(one)]++;
      handed += Object.values(object(object(one.loadBalancer).resolves)).reduce((sum, n) => sum + number(n), 0);
    }
    const strategy = object(this.stats[0]?.[1].loadBalancer).strategy ?? 'health_based';
    setText(this.sum, this.stats.length === 0 ? '' : `${plural(counts.open, 'breaker')} open, ${counts.half_open} being tried, `
      + `${counts.closed} closed. ${plural(handed, 'address', 'addresses')} handed out (strategy: ${words(strategy)}).`);
    const top = Math.max(1, ...this.stats.map(([, one]) => number(object(one.responseTime).p99)));
    const shown = this.stats.slice(0, this.limit);
    arrange(this.body, shown.map(([name, one]) => this.rowOf(name, one, top)));
    this.skeleton.hidden = true;
    this.table.hidden = shown.length === 0;
    this.none.hidden = shown.length > 0;
    this.more.hidden = shown.length === this.stats.length;
  }

  rowOf(name, stats, top) {
    const row = this.rows.get(name) ?? this.newRow(name);
    const { cells } = row, balancer = object(stats.loadBalancer), checks = object(stats.checks), state = stateOf(stats);
    row.node.dataset.tone = TONES[state];
    const all = fleet.services.get(name)?.instances.length ?? Object.keys(object(balancer.resolves)).length;
    area(cells.breaker, [stats.circuitBreaker], ([breaker]) => drawBreaker(object(breaker), state));
    area(cells.instances, [balancer.serving, all], ([serving]) => [h('b', null, String(number(serving))), ` of ${all}`]);
    area(cells.handed, [balancer], () => drawHanded(balancer));
    area(cells.times, [stats.responseTime, top], () => drawTimes(object(stats.responseTime), top));
    area(cells.checks, [checks], () => [h('span', null, String(number(checks.passed))),
      number(checks.failed) > 0 && h('b', { class: 'bad' }, ` ${checks.failed} failed`)]);
    area(cells.restarts, [stats.restarts], ([restarts]) => (number(object(restarts).count) > 0
      ? [h('b', null, String(restarts.count)), h('span', { class: 'soft' }, ' ', when(restarts.lastAt))]
      : h('span', { class: 'soft' }, '–')));
    return row.node;
  }

  newRow(name) {
    const labels = { breaker: '', // it says so itself
       instances: 'Serving', handed: 'Handed out', times: 'Response', checks: 'Checks',
      restarts: 'Restarts' };
    const cells = Object.fromEntries(Object.entries(labels).map(([key, label]) =>
      [key, h('td', { role: 'cell', class: `c-${key}`, 'data-label': label || null })]));
    const node = h('tr', { role: 'row' }, h('th', { role: 'rowheader', scope: 'row', class: 'c-name' },
      h('a', { class: 'name', href: serviceLink(name) }, name)), Object.values(cells));
    const row = { node, cells };
    this.rows.set(name, row);
    return row;
  }

  move(step) {
    stepFocus(this.body.querySelectorAll('.name'), step);
  }
}

export const balanceView = { path: '/balance', label: 'Balance', icon: 'i-balance', open: () => new BalanceScreen() };
