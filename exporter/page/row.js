/* SPDX-License-Identifier: MIT */
/* One service as a row of the table. Each cell is touched only when what it shows has changed. */
import { area, h, icon, quiet, setText, statusIcon } from './dom.js';
import { percentText, uptimes } from './history.js';
import { serviceLink } from './router.js';
import { serviceSamples } from './samples.js';
import { Spark } from './spark.js';
import { when } from './time.js';
import { HOLDS, bytes, capital, milliseconds, plural } from './words.js';

const cell = (name, label, ...children) =>
  h('td', { role: 'cell', class: `c-${name}`, 'data-label': label }, children);

/* What is done about a service that is not well, in one line. */
function drawTrouble([status, decision]) {
  if (!decision) return null;
  const action = ['act', 'hold'].includes(decision.action) ? decision.action : 'none';
  return [icon(`i-${action}`, action === 'act' ? 'turning' : ''),
    h('span', { title: decision.sentence }, decision.sentence),
    action === 'hold' && status !== 'starting' && quiet(` Held back: ${HOLDS[decision.reason] ?? decision.reason}.`)];
}

function drawInstances([serving, all]) {
  if (all > 8) return [h('b', null, String(serving)), ` of ${all}`];
  return [h('span', { class: 'dots', 'aria-hidden': 'true' }, Array.from({ length: all }, (_, i) =>
    h('i', { class: i < serving && 'full' }))), h('span', null, h('b', null, String(serving)), ` of ${all}`)];
}

function drawRestarts([inWindow, max, count, reason]) {
  if (count === 0 && inWindow === 0) return h('span', { class: 'soft' }, '–', quiet(' none'));
  const title = `${inWindow} of at most ${max} in the window, ${count} in all${reason
    ? `; last because of: ${reason}` : ''}`;
  return h('span', { title }, inWindow > 0 ? [h('b', null, String(inWindow)), ` of ${max}`]
    : h('span', { class: 'soft' }, String(count)), quiet(inWindow > 0 ? ' recent restarts'
      : ` ${count === 1 ? 'restart' : 'restarts'}, none lately`));
}

const lastReason = (facts) => facts.instances.map((instance) => instance.restarts)
  .filter((restarts) => restarts?.last_at).sort((a, b) => (a.last_at < b.last_at ? 1 : -1))[0]?.last_reason ?? null;

export class Row {
  constructor(facts) {
    this.name = h('a', { class: 'name', href: serviceLink(facts.name) }, facts.name);
    this.state = h('span', { class: 'state-line' });
    this.meta = h('span', { class: 'meta' });
    this.trouble = h('span', { class: 'trouble' });
    this.project = cell('project', 'Project');
    this.serving = cell('instances', 'Serving');
    this.ms = h('span', null, '–');
    this.spark = new Spark();
    this.uptime = h('span', null, '–');
    this.bars = h('span', { class: 'bars', 'aria-hidden': 'true' });
    this.restarts = cell('restarts', 'Restarts');
    this.cpu = cell('cpu', 'CPU', '–');
    this.memory = h('span', null, '–');
    this.meter = h('i');
    this.gauge = h('span', { class: 'gauge', 'aria-hidden': 'true', hidden: true }, this.meter);
    this.node = h('tr', { role: 'row' },
      h('td', { role: 'cell', class: 'c-status' }, this.state),
      h('th', { role: 'rowheader', scope: 'row', class: 'c-name' }, h('span', { class: 'name-line' }, this.name,
        this.meta), this.trouble),
      this.project, this.serving,
      this.time = cell('time', 'Response', this.ms, this.spark.node),
      this.up = cell('uptime', 'Uptime', this.uptime, this.bars), this.restarts, this.cpu,
      this.mem = cell('memory', 'Memory', this.memory, this.gauge));
    for (const empty of [this.time, this.up, this.mem]) empty.classList.add('none'); // left out where there is no room
    this.node.row = this;
  }

  draw(facts) {
    if (this.facts === facts) return;
    const before = this.facts;
    this.facts = facts;
    this.node.dataset.tone = facts.status;
    area(this.state, [facts.status, facts.word, facts.status !== 'healthy' && facts.since, facts.maintenance], () => [
      h('span', { class: 'badge' }, statusIcon(facts.status)),
      h('span', null, h('span', { class: 'state' }, capital(facts.word)), ' ',
        h('span', { class: 'since' }, facts.maintenance ? ['maintenance, ends ', when(facts.maintenance, 'in')]
          : facts.status !== 'healthy' && when(facts.since, 'for')))]);
    area(this.meta, [facts.word, facts.project, facts.tags], () => [
      h('span', { class: 'in-state state', 'aria-hidden': 'true' }, capital(facts.word)),
      facts.project && h('span', { class: 'in-project' }, facts.project),
      facts.tags.map((tag) => h('span', { class: 'tag' }, tag))]);
    area(this.trouble, [facts.status, facts.decisions[0]], drawTrouble);
    setText(this.project, facts.project || '–');
    area(this.serving, [facts.serving, facts.instances.length], drawInstances);
    area(this.restarts, [facts.restartsInWindow, facts.restartsMax, facts.restarts, lastReason(facts)],
      drawRestarts);
    this.restarts.classList.toggle('none', facts.restarts === 0 && facts.restartsInWindow === 0);
    if (before && before.status !== facts.status) this.flash();
  }

  drawSamples() {
    const sample = serviceSamples.get(this.facts.name);
    if (!sample || this.sample === sample) return;
    this.sample = sample;
    setText(this.ms, milliseconds(sample.ms));
    this.time.classList.toggle('none', sample.ms === null);
    this.mem.classList.toggle('none', sample.memory === null);
    this.spark.draw(sample.points);
    setText(this.cpu, sample.cpu === null ? '–' : `${(sample.cpu * 100).toFixed(sample.cpu < 0.1 ? 1 : 0)} %`);
    setText(this.memory, sample.memory === null ? '–' : bytes(sample.memory));
    const share = sample.limit ? Math.min(1, sample.memory / sample.limit) : null;
    this.gauge.hidden = share === null;
    if (share === null) return;
    this.meter.style.width = `${(share * 100).toFixed(0)}%`;
    this.gauge.dataset.tone = share > 0.9 ? 'unhealthy' : share > 0.8 ? 'degraded' : 'accent';
    this.mem.title = `${bytes(sample.memory)} of ${bytes(sample.limit)}`;
  }

  drawUptime() {
    const known = uptimes.get(this.facts.name);
    setText(this.uptime, percentText(known?.percent));
    this.up.classList.toggle('none', !Number.isFinite(known?.percent));
    area(this.bars, known?.bars ?? [], (bars) => bars.map((bar) =>
      h('i', { 'data-tone': bar.status ?? 'none' })));
  }

  flash() {
    this.node.classList.remove('new-state');
    requestAnimationFrame(() => this.node.classList.add('new-state'));
  }
}

export const matchText = (count) => `${plural(count, 'service matches', 'services match')}.`;
