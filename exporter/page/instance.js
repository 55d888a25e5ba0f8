/* SPDX-License-Identifier: MIT */
/* One instance of the service that is looked at: its row, and the details that open below it. */
import { area, h, icon, quiet, setText, statusIcon } from './dom.js';
import { explanationOf, lookInto } from './explaining.js';
import { samples } from './samples.js';
import { Spark } from './spark.js';
import { when } from './time.js';
import { bytes, capital, known, list, milliseconds, number, object, plural, words } from './words.js';
import { drawFields, drawWhy, rows } from './why.js';

function message(health) {
  const said = health.message || health.error_class || '';
  const repeated = !health.http_status || String(said).includes(health.http_status);
  return repeated ? String(said) : `${said}${said ? ' ' : ''}(answered ${health.http_status})`;
}

const toned = (status) => h('span', { 'data-tone': known(status) }, statusIcon(status), String(status));

function portText([port, bindings]) {
  const hosts = list(bindings).map((b) => `${b.host ?? ''}:${b.port ?? '?'}`);
  return h('div', null, hosts.length ? `${port} published at ${hosts.join(', ')}` : `${port} not published`);
}

function networkText(network) {
  const aliases = list(network.aliases);
  const name = h('code', null, [network.name, network.address, network.address6].filter(Boolean).join(' '));
  return h('div', null, name, aliases.length > 0 && ` as ${aliases.join(', ')}`);
}

/* An IPv6 address with a port is written in brackets. */
function place(address, port) {
  const bare = address && port && String(address).includes(':');
  return [bare ? `[${address}]` : address, port].filter(Boolean).join(':');
}

function drawDetail(instance) {
  const health = object(instance.health);
  const breaker = object(instance.circuit_breaker);
  const address = place(instance.address, instance.port);
  const second = instance.address6 && place(instance.address6, instance.port);
  return [
    rows('Check', ['Kind', health.check], ['Implicit', health.implicit && 'yes, no label asked for it'],
      ['Target', health.target && h('code', null, health.target)], ['Answer', message(health)],
      ['Error class', health.error_class], ['Failed in a row', number(health.consecutive_failures) || null]),
    rows('Layers', ...Object.entries(object(health.layers))
      .map(([layer, status]) => [capital(layer), toned(status)])),
    rows('The service’s own checks', ...Object.entries(object(health.checks))
      .map(([name, word]) => [name, toned(word)])),
    rows('Address', ['Address', address && h('code', null, address)],
      ['By IPv6', second && h('code', null, second)], ['Protocol', instance.protocol],
      ['Ports', Object.entries(object(instance.ports)).map(portText)],
      ['Networks', list(instance.networks).map(networkText)],
      ['Weight', number(instance.weight) > 1 && instance.weight],
      ['Exported', instance.serving ? 'yes, it serves' : 'no']),
    rows('Breaker', ['State', breaker.state && words(breaker.state)],
      ['Failures', breaker.failure_count ?? null],
      ['Last failure', when(breaker.last_failure)], ['Changed', when(breaker.last_state_change)]),
    rows(instance.external ? 'Registration' : 'Container', ['Name', instance.container],
      ['Id', instance.id && h('code', null, instance.id)],
      ['State', instance.container_state], ['Status', toned(instance.status ?? 'unknown')],
        ['Since', when(instance.since)]),
  ];
}

/* Whatever percentiles the daemon counts: response_time_p50_ms, response_time_p95_ms, … */
function drawFigures(latest) {
  const percentiles = Object.entries(latest)
    .map(([key, ms]) => [/^response_time_p(\d+)_ms$/.exec(key)?.[1], ms])
    .filter(([percent]) => percent)
    .map(([percent, ms]) => [percent === '50' ? 'Median' : `${percent} of 100 below`, milliseconds(ms)]);
  return rows('Measured', ['Latest', milliseconds(latest.response_time_ms)], ...percentiles,
    ['Checks', `${number(latest.checks_passed)} passed, ${number(latest.checks_failed)} failed`],
    ['Last', when(latest.last_check_at)],
    ['CPU', Number.isFinite(latest.cpu_ratio) && `${(latest.cpu_ratio * 100).toFixed(1)} % of one processor`],
    ['Memory', Number.isFinite(latest.memory_bytes) && bytes(latest.memory_bytes)
      + (latest.memory_limit_bytes ? ` of at most ${bytes(latest.memory_limit_bytes)}` : ', without a limit')]);
}

export class InstanceView {
  constructor() {
    this.who = h('span', { class: 'who' });
    this.probe = h('span', { class: 'probe' });
    this.said = h('span', { class: 'said' });
    this.took = h('span', null, '–');
    this.restarts = h('span', { class: 'restarts' });
    this.spark = new Spark();
    const time = h('span', { class: 'time', title: 'Response time, and how it went since this page is open' },
      quiet('response time '), this.took, this.spark.node);
    this.detail = h('div', { class: 'detail' });
    this.why = h('div', { class: 'why-all' });
    this.figures = h('div');
    this.fields = h('div', { class: 'wide' });
    this.details = h('details', null,
      h('summary', null, this.who, this.probe, this.said, time, this.restarts, icon('i-chevron', 'chevron')),
        this.detail);
    this.node = h('li', { class: 'instance' }, this.details);
    this.details.addEventListener('toggle', () => {
      lookInto(this.service, this, this.details.open);
      this.drawOpen();
    });
  }

  /* It is not shown any more. */
  leave() {
    lookInto(this.service, this, false);
  }

  draw(instance, service) {
    this.data = instance;
    this.service = service;
    const health = object(instance.health), restarts = object(instance.restarts);
    this.node.dataset.tone = known(instance.status);
    const name = instance.container || instance.id || 'unnamed';
    const state = instance.external ? 'outside Docker' : instance.container_state === 'running' ? null
      : instance.container_state;
    area(this.who, [instance.status, name, state], () => [statusIcon(instance.status),
      h('span', null, quiet(`${known(instance.status)}: `), name, state && h('em', null, ` ${state}`))]);
    const kind = health.check || 'none';
    const implicit = health.implicit && 'implicit: no label asked for this check';
    area(this.probe, [kind, health.target, implicit], () => [quiet('check '),
      h('span', { class: 'kind', title: implicit }, kind),
      health.target ? h('code', { title: health.target }, health.target) : kind === 'none' && 'not checked']);
    const said = message(health), failures = number(health.consecutive_failures);
    area(this.said, [said, failures], () => [h('span', { title: said }, said), ' ',
      failures > 0 && h('b', null, `${failures} failed in a row`)]);
    area(this.restarts, restarts, () => drawRestarts(restarts));
    this.restarts.classList.toggle('some', number(restarts.in_window) > 0);
    this.drawSamples();
    this.drawOpen();
  }

  drawSamples() {
    const sample = samples.get(this.data?.id);
    if (this.latest === sample?.latest) return;
    this.sample = sample;
    this.latest = sample?.latest;
    setText(this.took, milliseconds(sample?.latest.last_check_at ? sample.latest.response_time_ms : null));
    this.spark.draw(sample?.points ?? []);
    if (this.details.open) area(this.figures, sample?.latest ?? {}, drawFigures);
  }

  /* The inside costs most and is seldom looked at: it is drawn while open only. */
  drawOpen() {
    if (!this.details.open) return;
    area(this.detail, this.data, (data) =>
      [this.why, ...drawDetail(data).toSpliced(1, 0, this.figures), this.fields]);
    this.drawWhy();
    area(this.figures, this.sample?.latest ?? {}, drawFigures);
  }

  drawWhy() {
    if (!this.details.open) return;
    const why = explanationOf(this.service, this.data.id);
    area(this.why, [this.data, why], ([data, told]) => drawWhy(data, told));
    area(this.fields, [this.data.sources, why?.fields], () => drawFields(this.data, why));
  }
}

function drawRestarts(restarts) {
  const inWindow = number(restarts.in_window), count = number(restarts.count);
  if (count === 0 && inWindow === 0) return h('span', null, 'no restarts');
  const most = restarts.max ?? '?';
  const reason = restarts.last_reason ? `; last because of: ${restarts.last_reason}` : '';
  const full = `${inWindow} of at most ${most} restarts in the window, ${count} in all${reason}`;
  const short = inWindow > 0 ? `${inWindow} of ${most} restarts` : plural(count, 'restart');
  return h('span', { title: full }, icon('i-act'), quiet(full), h('span', { 'aria-hidden': 'true' }, short));
}
