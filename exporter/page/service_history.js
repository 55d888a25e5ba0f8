/* SPDX-License-Identifier: MIT */
/* The history of one service: uptime bars and response times of a day, a week or a month, figures beside their targets, and
 * what happened. Asked for while somebody looks; hidden where the daemon keeps no history. */
import { area, h, icon, statusIcon, svg } from './dom.js';
import { getObject } from './get.js';
import { percentText, uptimes } from './history.js';
import { when } from './time.js';
import { known, list, milliseconds, number, object, span, words } from './words.js';

const ASK_MS = 30000, LATEST = 12, LINE = { width: 600, height: 56 };
const WINDOWS = [['24h', '24 hours'], ['7d', '7 days'], ['30d', '30 days']];

const shortTime = (at) => new Date(at).toLocaleString(undefined,
  { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false });

/* p95 of each bar as one line; null where there is none. */
function lineOf(bars) {
  const values = bars.map((bar) => (Number.isFinite(bar.p95_ms) ? bar.p95_ms : null));
  const top = Math.max(...values.map(number)), step = LINE.width / Math.max(1, bars.length);
  if (top <= 0) return null;
  let path = '', broken = true;
  values.forEach((value, i) => {
    if (value === null) {
      broken = true;
      return;
    }
    const x = ((i + 0.5) * step).toFixed(1), y = (LINE.height - 2 - (value / top) * (LINE.height - 6)).toFixed(1);
    path += `${broken ? 'M' : 'L'}${x} ${y}${broken ? `h0.1` : ''}`;
    broken = false;
  });
  return { path, top };
}

/* One figure beside its target: [what it is, as text, the target as text, whether it is met (null: not known)]. */
function figuresOf(window, slo) {
  const met = object(window.met), seconds = (s) => (Number.isFinite(s) ? span(s * 1000) : '–');
  const rate = (percent) => (Number.isFinite(percent) ? `${percent.toFixed(percent < 1 ? 2 : 1)} %` : '–');
  return [
    ['Uptime', percentText(window.uptime_percent), `at least ${slo.uptime_percent} %`, met.uptime],
    ['Response p95', milliseconds(window.p95_ms ?? NaN), `at most ${milliseconds(slo.p95_ms ?? NaN)}`, met.p95],
    ['Failed checks', rate(window.error_rate_percent), `at most ${slo.error_rate_percent} %`, met.error_rate],
    ['Time to recover', seconds(window.mttr_s), `at most ${seconds(slo.mttr_s)}`, met.mttr],
    ['Failures', String(number(window.failures)), number(window.down_s) > 0 ? `${seconds(window.down_s)} down` : '', null],
    ['Flaps', String(number(window.flaps)), '', null],
    ['Restarts', String(number(window.restarts)), '', null],
  ];
}

function drawFigure([title, value, target, met]) {
  const judged = met === true || met === false, tone = met === false ? 'unhealthy' : 'healthy';
  return h('div', { 'data-tone': judged ? tone : undefined, class: judged ? 'judged' : '' }, h('dt', null, title),
    h('dd', null, judged && icon(met ? 'i-done' : 'i-cross'), value,
      judged && h('span', { class: 'quiet' }, met ? ', target met' : ', target missed'), target && h('small', null, target)));
}

function barWords(bar) {
  const uptime = Number.isFinite(bar.uptime_percent) ? `${percentText(bar.uptime_percent)} up` : 'nothing known';
  const time = Number.isFinite(bar.p95_ms) ? `, p95 ${milliseconds(bar.p95_ms)}` : '';
  return `${shortTime(bar.at)}: ${bar.status ? `${words(bar.status)}, ` : ''}${uptime}${time}`;
}

function drawBar(bar) {
  const share = Number.isFinite(bar.uptime_percent) ? bar.uptime_percent : null;
  const node = h('i', { 'data-tone': bar.status ? known(bar.status) : 'none', title: barWords(bar) });
  if (share !== null && share < 100) {
    const lost = h('b');
    lost.style.height = `${Math.max(12, 100 - share)}%`;
    node.append(lost);
    node.classList.add('partly');
  }
  return node;
}

function drawChange(change) {
  return h('li', null, when(change.at), h('span', { class: 'change' },
    statusIcon(change.from), words(change.from ?? '?'), ' → ', h('b', { 'data-tone': known(change.to), class: 'state' },
      words(change.to ?? '?')), change.container && h('span', { class: 'soft' }, ` ${change.container}`)),
  change.reason && h('span', { class: 'soft' }, change.reason));
}

const drawRestart = (restart) => h('li', null, when(restart.at), h('b', null, words(restart.reason ?? '')),
  h('span', { class: 'soft' }, [restart.container, words(restart.result ?? '')].filter(Boolean).join(', ')));

export class ServiceHistory {
  constructor(name) {
    this.name = name;
    this.window = '24h';
    this.askedAt = -Infinity;
    this.tabs = WINDOWS.map(([window, label]) => {
      const tab = h('button', { type: 'button', 'aria-pressed': String(window === this.window) }, label);
      tab.addEventListener('click', () => this.choose(window));
      return tab;
    });
    this.strip = h('div', { class: 'uptime-strip', role: 'img' });
    this.ends = h('p', { class: 'strip-ends soft', 'aria-hidden': 'true' });
    this.line = h('div', { class: 'p95-line' });
    this.figures = h('dl', { class: 'targets' });
    this.changes = h('div', { class: 'history-more' });
    this.node = h('section', { class: 'panel history', hidden: true, 'aria-label': 'History' },
      h('div', { class: 'history-head' }, h('h2', null, 'History'),
        h('div', { class: 'tabs', role: 'group', 'aria-label': 'How far back' }, this.tabs)),
      this.strip, this.ends, this.line, this.figures, this.changes);
  }

  choose(window) {
    this.window = window;
    this.tabs.forEach((tab, i) => tab.setAttribute('aria-pressed', String(WINDOWS[i][0] === window)));
    this.draw();
  }

  async ask() {
    const now = performance.now();
    if (uptimes.size === 0 || now < this.askedAt + ASK_MS) return; // no history is kept, as far as is known
    this.askedAt = now;
    const answer = await getObject(`/api/v1/services/${encodeURIComponent(this.name)}/history`);
    if (!answer) return;
    this.answer = answer;
    this.draw();
  }

  draw() {
    const answer = object(this.answer), window = object(object(answer.windows)[this.window]);
    const bars = list(object(answer.bars)[this.window]), line = lineOf(bars), slo = object(answer.slo);
    this.node.hidden = bars.length === 0;
    if (this.node.hidden) return;
    area(this.strip, bars, () => bars.map(drawBar));
    const bad = bars.filter((bar) => Number.isFinite(bar.uptime_percent) && bar.uptime_percent < 100).length;
    this.strip.setAttribute('aria-label', `Uptime ${percentText(window.uptime_percent)}; ${bad} of ${bars.length} parts with a failure`);
    area(this.ends, [this.window, bars[0]?.at], () => [h('span', null, shortTime(bars[0].at)), h('span', null, 'now')]);
    area(this.line, [line, slo.p95_ms], () => line && [h('span', { class: 'soft' }, `Response time p95, up to ${milliseconds(line.top)}`),
      svg('svg', { viewBox: `0 0 ${LINE.width} ${LINE.height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        svg('path', { class: 'stroke', d: line.path, 'vector-effect': 'non-scaling-stroke' }))]);
    area(this.figures, [window, slo], () => figuresOf(window, slo).map(drawFigure));
    const changes = list(answer.transitions).slice(0, LATEST), restarts = list(answer.restarts).slice(0, LATEST);
    area(this.changes, [changes, restarts], () => [
      changes.length > 0 && h('details', null, h('summary', null, 'Latest changes of status'), h('ol', null, changes.map(drawChange))),
      restarts.length > 0 && h('details', null, h('summary', null, 'Latest restarts'), h('ol', null, restarts.map(drawRestart)))]);
  }
}
