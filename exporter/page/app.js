/* SPDX-License-Identifier: MIT */
/* The dashboard: asks the daemon every two seconds and brings the page level with its answers, touching only
 * what changed. Text from outside (names, labels, messages) is set as text and never parsed as HTML: it is
 * hostile. Any field of an answer may be missing or null. */
'use strict';

const POLL_MS = 2000;
const HEALTH_MS = 10000;
const TIMEOUT_MS = 5000;
const LOST_AFTER = 2; // polls in a row without an answer; one alone may be a restart
const ROWS = 60; // services drawn at first, and added by each "show more"
const SPARK_POINTS = 40;
const SPARK = { width: 104, height: 26 };

const WORST_FIRST = ['failed', 'unhealthy', 'degraded', 'starting', 'unknown', 'stopped', 'healthy'];
const THEMES = { auto: 'as the system says', light: 'light', dark: 'dark' };
const MODES = {
  act: ['Acts', 'Heals what fails, as the labels allow.', 'healthy'],
  'dry-run': ['Dry run', 'Decides and reports, but restarts nothing.', 'degraded'],
  observe: ['Observes only', 'Restarts nothing.', 'degraded'],
};
/* What a hold means, said in half a sentence. */
const HOLDS = {
  'engine-down': 'the engine does not answer', policy: 'its policy is not to restart', 'dry-run': 'dry run',
  'manual-stop': 'someone stopped it', orchestrated: 'its orchestrator heals it', paused: 'it is paused',
  'engine-restarting': 'the engine is restarting it', deploying: 'a deployment is under way',
  maintenance: 'maintenance', 'check-wrong': 'the check looks wrong, not the service',
  capacity: 'too few others would serve', 'start-period': 'it is still starting',
  dependency: 'what it depends on comes first', unreachable: 'the fault may be on our side',
  settling: 'waiting for things to settle', storm: 'too many restarts at once',
  backoff: 'waiting before the next restart', budget: 'its restarts are used up',
};

/* ---- Small things ---- */

const $ = (id) => document.getElementById(id);
const list = (value) => (Array.isArray(value) ? value.filter((x) => x !== null && x !== undefined) : []);
const object = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});
const number = (value) => (Number.isFinite(value) ? value : 0);
const plural = (n, one, many) => `${n} ${n === 1 ? one : many ?? `${one}s`}`;
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const known = (status) => (WORST_FIRST.includes(status) ? status : 'unknown');
const rank = (status) => WORST_FIRST.indexOf(known(status));
const byName = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const isHidden = (value) => value === null || value === undefined || value === false || value === '';

/* An element with attributes and children; strings become text nodes. */
function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (!isHidden(value)) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(4).filter((child) => !isHidden(child))
    .map((c) => (c instanceof Node ? c : String(c))));
  return node;
}

function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const icon = (name, extra = '') =>
  svg('svg', { class: `icon ${extra}`, 'aria-hidden': 'true', focusable: 'false' },
    svg('use', { href: `#${name}` }));
const statusIcon = (status) => icon(`s-${known(status)}`, known(status) === 'starting' ? 'turning' : '');
const quiet = (text) => h('span', { class: 'quiet' }, text);

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const drawn = new WeakMap();

/* Redraws the children of node only if data differs from the last time; focus inside survives. */
function area(node, data, draw) {
  const mark = JSON.stringify(data) ?? '';
  if (drawn.get(node) === mark) return;
  drawn.set(node, mark);
  const reachable = () => [...node.querySelectorAll('a, button, summary')];
  const focused = reachable().indexOf(document.activeElement);
  node.replaceChildren(...[draw(data)].flat(4).filter((child) => !isHidden(child)));
  node.hidden = !node.hasChildNodes();
  if (focused >= 0) (reachable()[focused] ?? reachable().at(-1))?.focus({ preventScroll: true });
}

/* Makes nodes the children of parent, in this order, moving as little as possible. */
function arrange(parent, nodes) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/* What the browser remembers may be forbidden; then nothing is remembered. */
function remember(storage, key, value) {
  try {
    if (value === undefined) return window[storage].getItem(key);
    window[storage].setItem(key, value);
  } catch { /* private mode */ }
  return null;
}

/* ---- Time ---- */

let skewMs = 0; // the daemon's clock minus ours, where they differ by more than the header's resolution
const now = () => Date.now() + skewMs;

function span(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86400) return `${Math.floor(s / 3600)} h${s < 36000 ? ` ${Math.floor(s / 60) % 60} min` : ''}`;
  return plural(Math.floor(s / 86400), 'day');
}

const relative = {
  ago: (ms) => `${span(now() - ms)} ago`,
  for: (ms) => `for ${span(now() - ms)}`,
  in: (ms) => (ms > now() ? `in ${span(ms - now())}` : 'now'),
};

/* A time that stays true by itself (see tickTimes); null when there is none. */
function when(value, form = 'ago') {
  const ms = Date.parse(value ?? '');
  if (Number.isNaN(ms)) return null;
  return h('time', { datetime: value, 'data-form': form, title: new Date(ms).toLocaleString() },
    relative[form](ms));
}

function tickTimes() {
  for (const node of document.querySelectorAll('time[data-form]')) {
    setText(node, relative[node.dataset.form](Date.parse(node.dateTime)));
  }
  if (state.lost) showLost();
}

function milliseconds(ms) {
  if (!Number.isFinite(ms)) return '–';
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/* ---- Copying ---- */

async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  // Plain http on another host has no clipboard API.
  const field = h('textarea', { class: 'quiet', readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (!done) throw new Error('refused');
  return undefined;
}

async function copyFrom(button, text) {
  try {
    await copyText(text);
    button.replaceChildren(icon('i-done'));
    button.classList.add('copied');
    setText($('said'), 'Copied.');
  } catch {
    setText($('said'), 'The browser did not allow copying.');
  }
  button.focus({ preventScroll: true });
  setTimeout(() => {
    button.replaceChildren(icon('i-copy'));
    button.classList.remove('copied');
    setText($('said'), '');
  }, 1600);
}

function copyButton(text, what) {
  const attributes = { class: 'ghost copy', type: 'button', 'aria-label': `Copy ${what}`, title: 'Copy' };
  const button = h('button', attributes, icon('i-copy'));
  button.addEventListener('click', () => copyFrom(button, text));
  return button;
}

/* ---- What moves: response times of each instance, as far as this page has seen them ---- */

const samples = new Map(); // instance id → { points: [{ms, ok}], latest }

function takeSamples(answer) {
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
function sparkPaths(points) {
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

/* ---- One instance ---- */

function message(health) {
  const said = health.message || health.error_class || '';
  const repeated = !health.http_status || String(said).includes(health.http_status);
  return repeated ? String(said) : `${health.http_status} ${said}`;
}

function rows(title, ...pairs) {
  const shown = pairs.filter(([, value]) => !isHidden(value)
    && !(Array.isArray(value) && value.length === 0));
  if (shown.length === 0) return null;
  return h('section', null, h('h4', null, title),
    h('dl', null, shown.map(([key, value]) => h('div', null, h('dt', null, key), h('dd', null, value)))));
}

const toned = (status) => h('span', { 'data-tone': known(status) }, statusIcon(status), String(status));

function portText([port, bindings]) {
  const hosts = list(bindings).map((b) => `${b.host ?? ''}:${b.port ?? '?'}`);
  return h('div', null, hosts.length ? `${port} published at ${hosts.join(', ')}` : `${port} not published`);
}

function networkText(network) {
  const aliases = list(network.aliases);
  const name = h('code', null, [network.name, network.address].filter(Boolean).join(' '));
  return h('div', null, name, aliases.length > 0 && ` as ${aliases.join(', ')}`);
}

function drawDetail(instance) {
  const health = object(instance.health), decision = object(instance.decision);
  const breaker = object(instance.circuit_breaker);
  const restarts = object(instance.restarts);
  const address = [instance.address, instance.port].filter(Boolean).join(':');
  return [
    decision.reason === 'healthy' && h('section', { class: 'wide' }, h('h4', null, 'Decision'),
      h('p', null, decision.sentence)),
    rows('Check', ['Kind', health.check], ['Implicit', health.implicit && 'yes, no label asked for it'],
      ['Target', health.target && h('code', null, health.target)], ['Answer', message(health)],
      ['Error class', health.error_class], ['Failed in a row', number(health.consecutive_failures) || null]),
    rows('Layers', ...Object.entries(object(health.layers))
      .map(([layer, status]) => [capital(layer), toned(status)])),
    rows('The service’s own checks', ...Object.entries(object(health.checks))
      .map(([name, word]) => [name, toned(word)])),
    rows('Address', ['Address', address && h('code', null, address)], ['Protocol', instance.protocol],
      ['Ports', Object.entries(object(instance.ports)).map(portText)],
      ['Networks', list(instance.networks).map(networkText)],
      ['Weight', number(instance.weight) > 1 && instance.weight],
      ['Exported', instance.serving ? 'yes, it serves' : 'no']),
    rows('Restarts', ['In the window', restarts.in_window ?? null], ['At most', restarts.max ?? null],
      ['In all', restarts.count ?? null],
      ['Last', when(restarts.last_at)], ['Because of', restarts.last_reason]),
    rows('Breaker', ['State', breaker.state && words(breaker.state)],
      ['Failures', breaker.failure_count ?? null],
      ['Last failure', when(breaker.last_failure)], ['Changed', when(breaker.last_state_change)]),
    rows('Container', ['Name', instance.container], ['Id', instance.id && h('code', null, instance.id)],
      ['State', instance.container_state], ['Status', toned(instance.status ?? 'unknown')],
        ['Since', when(instance.since)]),
    rows('Where the values come from', ...Object.entries(object(instance.sources))
      .map(([field, from]) => [words(field), h('code', null, String(from))])),
  ];
}

const words = (name) => String(name).replaceAll('_', ' ');

/* Whatever percentiles the daemon counts: response_time_p50_ms, response_time_p95_ms, … */
function drawFigures(latest) {
  const percentiles = Object.entries(latest)
    .map(([key, ms]) => [/^response_time_p(\d+)_ms$/.exec(key)?.[1], ms])
    .filter(([percent]) => percent)
    .map(([percent, ms]) => [percent === '50' ? 'Median' : `${percent} of 100 below`, milliseconds(ms)]);
  return rows('Response time', ['Latest', milliseconds(latest.response_time_ms)], ...percentiles,
    ['Checks', `${number(latest.checks_passed)} passed, ${number(latest.checks_failed)} failed`],
    ['Last', when(latest.last_check_at)]);
}

class InstanceView {
  constructor() {
    this.who = h('span', { class: 'who' });
    this.probe = h('span', { class: 'probe' });
    this.said = h('span', { class: 'said' });
    this.took = h('span', null, '–');
    this.restarts = h('span', { class: 'restarts' });
    this.paths = ['area', 'stroke', 'miss']
      .map((name) => svg('path', { class: name, 'vector-effect': 'non-scaling-stroke' }));
    const spark = svg('svg', { class: 'spark', viewBox: `0 0 ${SPARK.width} ${SPARK.height}`,
      preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      svg('path', { class: 'base', d: `M0 ${SPARK.height - 0.5}H${SPARK.width}` }), ...this.paths);
    const time = h('span', { class: 'time', title: 'Response time, and how it went since this page is open' },
      quiet('response time '), this.took, spark);
    this.detail = h('div', { class: 'detail' });
    this.figures = h('div');
    this.details = h('details', null,
      h('summary', null, this.who, this.probe, this.said, time, this.restarts, icon('i-chevron', 'chevron')),
        this.detail);
    this.node = h('li', { class: 'instance' }, this.details);
    this.details.addEventListener('toggle', () => this.drawOpen());
  }

  draw(instance) {
    this.data = instance;
    const health = object(instance.health), restarts = object(instance.restarts);
    this.node.dataset.tone = known(instance.status);
    const name = instance.container || instance.id || 'unnamed';
    const state = instance.container_state === 'running' ? null : instance.container_state;
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
    if (this.sample === sample) return;
    this.sample = sample;
    setText(this.took, milliseconds(sample?.latest.last_check_at ? sample.latest.response_time_ms : null));
    const paths = sparkPaths(sample?.points ?? []);
    for (const path of this.paths) path.setAttribute('d', paths[path.getAttribute('class')]);
    if (this.details.open) area(this.figures, sample?.latest ?? {}, drawFigures);
  }

  /* The inside costs most and is seldom looked at: it is drawn while open only. */
  drawOpen() {
    if (!this.details.open) return;
    area(this.detail, this.data, (data) => drawDetail(data).toSpliced(2, 0, this.figures));
    area(this.figures, this.sample?.latest ?? {}, drawFigures);
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

/* ---- One service ---- */

/* What is worth saying about a service: equal sentences of replicas are said once. */
function decisionsOf(service) {
  const said = new Map();
  for (const instance of list(service.instances)) {
    const decision = object(instance.decision);
    if (!decision.sentence || decision.reason === 'healthy') continue;
    const key = `${decision.action}/${decision.reason}/${decision.sentence}`;
    const entry = said.get(key) ?? { ...decision, status: known(instance.status), containers: [] };
    entry.containers.push(instance.container ?? instance.id ?? '');
    said.set(key, entry);
  }
  return [...said.values()].sort((a, b) => rank(a.status) - rank(b.status));
}

function drawDecision(decision, many) {
  const action = ['act', 'hold'].includes(decision.action) ? decision.action : 'none';
  const verb = { act: 'Acting', hold: 'Holding', none: 'No action' }[action];
  const hint = action === 'hold' ? HOLDS[decision.reason] : null;
  return h('div', { class: 'decision', 'data-tone': decision.status, 'data-action': action },
    icon(`i-${action}`, action === 'act' ? 'turning' : ''),
    h('p', { class: 'why' }, decision.sentence),
    h('p', { class: 'how' }, h('span', null, h('b', null, verb), hint && `: ${hint}`),
      decision.reason && h('span', null, h('code', null, decision.reason)),
      decision.next_at && h('span', null, 'looks again ', when(decision.next_at, 'in')),
      many && h('span', null, decision.containers.join(', '))));
}

function drawNeed(need) {
  const target = typeof need === 'string' ? { name: need } : need;
  const type = target.type ?? 'required';
  const title = `${type} dependency, from ${target.source ?? 'a label'}`;
  const attributes = { class: 'need', 'data-tone': known(target.status), title };
  const inside = [statusIcon(target.status), h('b', null, target.name ?? '?'), h('span', null, type),
    quiet(` ${target.status ?? 'unknown'}`)];
  const registered = [...views.values()].some((view) => view.data.name === target.name);
  if (!registered) return h('span', attributes, inside);
  const link = h('a', { ...attributes, href: '#services' }, inside);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    jumpTo(target.name);
  });
  return link;
}

function drawBreaker(breaker) {
  if (!breaker.state) return null;
  const state = ['open', 'half_open'].includes(breaker.state) ? breaker.state : 'closed';
  const tone = { open: 'unhealthy', half_open: 'degraded' }[state];
  const failures = plural(number(breaker.failure_count), 'failure');
  const title = `Circuit breaker ${words(breaker.state)}, ${failures}`;
  return h('span', { class: tone && 'loud', 'data-tone': tone, title },
    icon(`i-${state}`), `breaker ${words(breaker.state)}`);
}

function findingsOf(service) {
  const found = new Map();
  const take = (item) => {
    const finding = typeof item === 'string' ? { code: 'finding', sentence: item } : object(item);
    const text = finding.sentence ?? finding.message ?? finding.text ?? '';
    found.set(`${finding.code}/${text}`, { code: finding.code ?? 'finding', text });
  };
  list(service.findings).forEach(take);
  list(service.instances).forEach((instance) => list(instance.findings).forEach(take));
  return [...found.values()];
}

const searchedOf = (instance) => [
  instance.container, instance.id, instance.address, object(instance.decision).reason,
  ...list(instance.networks).flatMap((network) => list(network.aliases)),
];

let ids = 0;

class ServiceView {
  constructor() {
    this.instances = new Map();
    this.badge = h('span', { class: 'badge' });
    this.name = h('span', { class: 'name', id: `service-${++ids}`, tabindex: '-1' });
    this.state = h('span', { class: 'title-rest' });
    this.meta = h('p', { class: 'meta' });
    this.url = h('div', { class: 'url' });
    this.facts = h('div', { class: 'facts' });
    this.decisions = h('div', { class: 'decisions' });
    this.list = h('ul', { class: 'instances' });
    this.findingsTitle = h('summary');
    this.findingsList = h('ul');
    this.findings = h('details', { class: 'findings' }, this.findingsTitle, this.findingsList);
    this.card = h('article', { 'aria-labelledby': this.name.id },
      h('header', { class: 'head' }, this.badge,
        h('div', null, h('div', { class: 'title-line' }, h('h3', null, this.name), this.state), this.meta),
        h('div', { class: 'side' }, this.url, this.facts)),
      this.decisions, this.list, this.findings);
    this.node = h('li', { class: 'service' }, this.card);
  }

  /* Takes new data over; drawing waits until the service is on the page. */
  accept(service) {
    const mark = JSON.stringify(service);
    if (mark === this.mark) return;
    this.mark = mark;
    this.data = service;
    this.status = known(service.status);
    this.label = String(service.name ?? service.key ?? 'unnamed');
    this.project = service.project || '';
    this.dirty = true;
    const instances = list(service.instances);
    this.hay = [this.label, service.project, service.url, service.environment, service.version,
      service.status, ...list(service.tags), ...instances.flatMap(searchedOf),
      ...findingsOf(service).map((finding) => finding.code)]
      .filter(Boolean).join('\n').toLowerCase();
  }

  draw() {
    if (!this.dirty) return;
    this.dirty = false;
    const service = this.data, instances = list(service.instances);
    if (this.node.dataset.tone && this.node.dataset.tone !== this.status) this.flash();
    this.node.dataset.tone = this.status;
    area(this.badge, this.status, statusIcon);
    setText(this.name, this.label);
    const alike = instances.filter((instance) => instance.status === service.status && instance.since);
    const since = alike.map((instance) => instance.since).sort()[0];
    area(this.state, [service.status, since], () => [
      h('span', { class: 'state' }, capital(String(service.status ?? 'unknown'))), ' ',
      h('span', { class: 'since' }, this.status !== 'healthy' && when(since, 'for'))]);
    const said = [service.project, service.environment, service.version && `version ${service.version}`,
      instances.length > 1 && plural(instances.length, 'instance')].filter(Boolean);
    area(this.meta, [said, service.tags], () => [
      ...said.map((text) => h('span', null, text)),
      ...list(service.tags).map((tag) => h('span', { class: 'tag' }, String(tag)))]);
    area(this.url, service.url,
      (url) => url && [h('code', null, url), copyButton(url, `the address of ${this.label}`)]);
    area(this.facts, [service.dependencies, service.circuit_breaker], () => [
      list(service.dependencies).length > 0
        && [h('span', null, 'needs'), list(service.dependencies).map(drawNeed)],
      drawBreaker(object(service.circuit_breaker))]);
    area(this.decisions, decisionsOf(service),
      (all) => all.map((decision) => drawDecision(decision, instances.length > 1)));
    this.drawFindings(findingsOf(service));
    this.drawInstances(instances);
  }

  drawFindings(findings) {
    this.card.classList.toggle('has-findings', findings.length > 0);
    area(this.findingsTitle, findings, () =>
      [icon('i-finding'), h('b', null, plural(findings.length, 'finding')),
      h('code', null, [...new Set(findings.map((f) => f.code))].join(', ')), icon('i-chevron', 'chevron')]);
    area(this.findingsList, findings, () => findings
      .map((f) => h('li', null, h('code', null, f.code), h('span', null, f.text))));
    this.findings.hidden = findings.length === 0;
  }

  drawInstances(instances) {
    const old = this.instances;
    this.instances = new Map();
    instances.forEach((instance, index) => {
      const id = instance.id ?? instance.container ?? index;
      const view = old.get(id) ?? new InstanceView();
      view.draw(instance);
      this.instances.set(id, view);
    });
    arrange(this.list, [...this.instances.values()].map((view) => view.node));
  }

  drawSamples() {
    for (const view of this.instances.values()) view.drawSamples();
  }

  flash() {
    this.node.classList.remove('new-state');
    requestAnimationFrame(() => this.node.classList.add('new-state'));
  }
}

/* ---- All services ---- */

const views = new Map(); // service key → ServiceView
const projects = new Map(); // project → its heading
const filter = { text: '', statuses: new Set(), group: false };
let limit = ROWS;

function takeServices(services) {
  const seen = new Set();
  services.forEach((service, index) => {
    let key = service.key ?? service.name ?? `#${index}`;
    if (seen.has(key)) key = `${key}#${index}`;
    if (!views.has(key)) views.set(key, new ServiceView());
    views.get(key).accept(service);
    seen.add(key);
  });
  for (const key of views.keys()) if (!seen.has(key)) views.delete(key);
}

function projectHeading(project, members) {
  if (!projects.has(project)) {
    projects.set(project, h('li', { class: 'project' }, h('h3', null, project || 'No project'), h('span')));
  }
  const node = projects.get(project);
  setText(node.lastChild, plural(members.length, 'service'));
  return node;
}

/* Worst first, then by name; by project, the project with the worst service first. */
function ordered(shown) {
  shown.sort((a, b) => rank(a.status) - rank(b.status) || byName(a.label, b.label));
  if (!filter.group) return shown;
  const groups = new Map();
  for (const view of shown) groups.set(view.project, [...(groups.get(view.project) ?? []), view]);
  return [...groups.entries()].flatMap(([project, members]) => [{ heading: project, members }, ...members]);
}

function showList() {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const all = [...views.values()];
  const wanted = (view) => filter.statuses.size === 0 || filter.statuses.has(view.status);
  const matching = all.filter((view) => wanted(view) && words.every((word) => view.hay.includes(word)));
  let left = limit;
  const nodes = [];
  for (const item of ordered(matching)) {
    if (left === 0) break;
    if (item.heading !== undefined) {
      nodes.push(projectHeading(item.heading, item.members));
      continue;
    }
    item.draw();
    item.drawSamples();
    nodes.push(item.node);
    left--;
  }
  arrange($('list'), nodes);
  showChips(all);
  const hidden = Math.max(0, matching.length - limit);
  $('more').hidden = hidden === 0;
  setText($('more'), `Show ${Math.min(hidden, ROWS)} more of ${hidden}`);
  const filtered = filter.text !== '' || filter.statuses.size > 0;
  setText($('matches'), filtered ? `${plural(matching.length, 'service matches', 'services match')}.` : '');
  $('nothing').hidden = matching.length > 0 || all.length === 0;
  const away = plural(all.length, 'service is', 'services are');
  setText($('nothing-why'), `${away} hidden by the search or the chosen status.`);
}

/* Chips are kept and updated, never replaced: one of them may have the focus. */
const chips = new Map();

function showChips(all) {
  const counts = Object.fromEntries(WORST_FIRST.map((status) => [status, 0]));
  for (const view of all) counts[view.status]++;
  for (const status of ['all', ...WORST_FIRST]) {
    if (!chips.has(status)) chips.set(status, newChip(status));
    const chip = chips.get(status);
    const on = status === 'all' ? filter.statuses.size === 0 : filter.statuses.has(status);
    const count = status === 'all' ? all.length : counts[status];
    setText(chip.lastChild, String(count));
    chip.setAttribute('aria-pressed', String(on));
    chip.hidden = count === 0 && !on;
  }
  arrange($('chips'), [...chips.values()]);
  area($('share'), counts, () => WORST_FIRST.toReversed().filter((status) => counts[status] > 0)
    .map((status) => {
    const part = h('i', { 'data-tone': status });
    part.style.flexGrow = counts[status];
    return part;
  }));
}

function newChip(status) {
  const tone = status === 'all' ? 'accent' : status;
  const chip = h('button', { class: 'chip', type: 'button', 'data-status': status, 'data-tone': tone },
    status !== 'all' && icon(`s-${status}`), capital(status), ' ', h('b', null, '0'));
  chip.addEventListener('click', () => {
    if (status === 'all') filter.statuses.clear();
    else if (!filter.statuses.delete(status)) filter.statuses.add(status);
    refilter();
  });
  return chip;
}

/* The filter also lives in the address, so that a view can be sent to someone. */
function refilter() {
  limit = ROWS;
  const hash = new URLSearchParams();
  if (filter.text) hash.set('q', filter.text);
  if (filter.statuses.size > 0) hash.set('status', [...filter.statuses].join(','));
  if (filter.group) hash.set('group', 'project');
  history.replaceState(null, '', hash.size > 0 ? `#${hash}` : location.pathname);
  showList();
}

function readFilter() {
  const hash = new URLSearchParams(location.hash.slice(1));
  filter.text = hash.get('q') ?? '';
  filter.statuses = new Set((hash.get('status') ?? '').split(',')
    .filter((status) => WORST_FIRST.includes(status)));
  filter.group = hash.get('group') === 'project';
  $('search').value = filter.text;
  $('group').checked = filter.group;
}

function clearFilter() {
  filter.text = '';
  filter.statuses.clear();
  $('search').value = '';
  refilter();
}

function jumpTo(name) {
  const view = [...views.values()].find((candidate) => candidate.data.name === name);
  if (!view) return;
  if (!view.node.isConnected) clearFilter();
  while (!view.node.isConnected && limit < views.size) {
    limit += ROWS;
    showList();
  }
  view.node.scrollIntoView({ block: 'center', behavior: 'smooth' });
  view.name.focus({ preventScroll: true });
  view.flash();
}

/* ---- The overall state ---- */

const serves = (service) => list(service.instances).some((instance) => instance.serving);

function names(services) {
  const shown = services.slice(0, services.length > 4 ? 3 : 4)
    .map((service) => service.name ?? service.key ?? 'unnamed');
  const more = services.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : String(shown[0]);
}

function doing(service) {
  const decision = decisionsOf(service)[0];
  if (decision?.action === 'act') return '; restarting it';
  if (decision?.action !== 'hold') return '';
  return `; holding back: ${HOLDS[decision.reason] ?? words(decision.reason ?? 'see below')}`;
}

function verdict(doc) {
  const services = list(doc.services), engine = object(doc.engine);
  if (engine.connected === false && !engine.error && !engine.version) {
    return { tone: 'starting', icon: 's-starting', word: 'Connecting',
      sentence: 'Looking for the Docker Engine.' };
  }
  if (engine.connected === false) {
    const kept = services.length > 0 ? 'The services are kept as last seen; nothing is restarted now.' : '';
    const why = sentenceOf(capital(engine.error || 'the Docker Engine does not answer'));
    return { tone: 'unhealthy', icon: 's-lost', word: 'Engine lost', sentence: `${why} ${kept}`.trim() };
  }
  if (services.length === 0) {
    const sentence = 'Watching the engine; no services are registered yet.';
    return { tone: 'accent', icon: 's-empty', word: 'Ready', sentence };
  }
  const grouped = WORST_FIRST.map((status) =>
    [status, services.filter((service) => known(service.status) === status)])
    .filter(([, members]) => members.length > 0);
  const status = known(object(doc.summary).status ?? grouped[0][0]);
  const serving = services.filter(serves).length;
  const share = serving === services.length ? `All ${serving} services serve.`
    : `${serving || 'None'} of ${services.length} services ${serving > 1 ? 'serve' : 'serves'}.`;
  const only = serving === 1 ? 'The only service serves.' : 'The only service does not serve.';
  const grave = grouped.filter(([word]) => ['failed', 'unhealthy'].includes(word));
  const told = grave.length > 0 ? grave : grouped.slice(0, 1).filter(([word]) => word !== 'healthy');
  return { tone: status, icon: `s-${status}`, word: capital(status),
    sentence: `${told.map(trouble).join('')}${services.length === 1 ? only : share}` };
}

function trouble([status, members]) {
  const [is, are] = status === 'failed' ? ['has', 'have'] : ['is', 'are'];
  if (members.length === 1) return `${names(members)} ${is} ${status}${doing(members[0])}. `;
  return `${members.length} services ${are} ${status}: ${names(members)}. `;
}

const sentenceOf = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

function showHero(doc) {
  const { tone, icon: name, word, sentence } = verdict(doc);
  $('hero').dataset.tone = tone;
  area($('seal'), name, () => icon(name, name === 's-starting' ? 'turning' : ''));
  setText($('word'), word);
  setText($('sentence'), sentence);
  const bad = list(doc.services).filter((service) => ['failed', 'unhealthy'].includes(service.status)).length;
  state.title = bad > 0 ? `${bad} ${bad === 1 ? 'needs' : 'need'} attention` : word;
  const instances = list(doc.services).flatMap((service) => list(service.instances));
  const figures = {
    services: list(doc.services).length, instances: instances.length,
    serving: instances.filter((instance) => instance.serving).length,
    restarts: instances.reduce((sum, instance) => sum + number(object(instance.restarts).in_window), 0),
  };
  area($('figures'), figures, () => figures.services > 0 && [
    figure('Services', figures.services),
    figure('Instances serving', figures.serving, ` of ${figures.instances}`),
    figure('Recent restarts', figures.restarts)]);
}

const figure = (title, value, rest) =>
  h('div', null, h('dt', null, title), h('dd', null, String(value), rest && h('small', null, rest)));

function showPlatform(doc) {
  const controller = object(doc.controller), engine = object(doc.engine);
  const [mode, meaning, tone] = MODES[controller.mode] ?? [controller.mode ?? 'unknown', '', 'unknown'];
  setText($('host'), controller.host ?? '');
  const fact = (title, ...value) => h('div', null, h('dt', null, title), h('dd', null, value));
  const up = engine.connected !== false;
  area($('platform'), [controller, engine, doc.revision, doc.changed_at], () => [
    fact('Engine', h('span', { 'data-tone': up ? 'healthy' : 'unhealthy' },
      icon(up ? 's-healthy' : 's-lost')),
      [up ? 'connected' : 'lost', engine.version].filter(Boolean).join(', '),
      engine.api_version ? ` (API ${engine.api_version})` : null),
    fact('Mode', h('span', { 'data-tone': tone }, tone !== 'healthy' && icon('s-degraded'), mode),
      tone === 'degraded' && h('span', null, `: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`)),
    fact('Host', controller.host ?? 'unknown'),
    fact('Version', controller.version ?? 'unknown'),
    fact('Revision', String(doc.revision ?? '?'), doc.changed_at && [', changed ', when(doc.changed_at)])]);
}

function show(doc) {
  takeServices(list(doc.services));
  showHero(doc);
  showPlatform(doc);
  $('skeleton').hidden = true;
  $('tools').hidden = views.size === 0;
  $('unregistered').hidden = views.size > 0 || object(doc.engine).connected === false;
  showList();
}

/* ---- The daemon itself ---- */

function showHealth(health) {
  const engineDown = object(state.doc?.engine).connected === false;
  const bad = Object.entries(object(health.checks)).map(([name, text]) => [name, String(text)])
    .filter(([name, text]) => !/^healthy/.test(text) && !(name === 'engine' && engineDown));
  area($('notices'), bad, () => bad.map(([name, text]) => {
    const tone = /^warning/.test(text) ? 'degraded' : 'unhealthy';
    const said = sentenceOf(text.replace(/^(warning|unhealthy): /, ''));
    return h('li', { class: 'notice', 'data-tone': tone }, icon(`s-${tone}`),
      h('span', null, h('strong', null, `quaywatch, ${words(name)}: `), said));
  }));
  const memory = object(health.memory);
  setText($('own'), [`quaywatch ${health.version ?? ''}`.trim(), 
    Number.isFinite(health.uptime) && `up ${span(health.uptime * 1000)}`,
    Number.isFinite(memory.used) && `${Math.round(memory.used)} MiB in use`].filter(Boolean).join(' · '));
}

function showLost() {
  const since = state.answeredAt;
  const time = `${new Date(since).toLocaleTimeString()}, ${span(Date.now() - since)} ago`;
  const age = since ? `What you see is its state of ${time}. ` : '';
  $('lost').hidden = !state.lost;
  document.body.classList.toggle('lost', Boolean(state.lost));
  if (state.lost) {
    setText($('lost-what'), state.lost);
    setText($('lost-age'), `${age}Asking again every ${POLL_MS / 1000} s.`);
    if (!state.doc) {
      setText($('word'), 'No answer');
      setText($('sentence'), 'quaywatch has not answered this page yet.');
    }
  }
  $('live').dataset.live = state.lost ? 'lost' : state.doc ? 'on' : 'wait';
  setText($('live-word'), state.lost ? 'No answer' : state.doc ? 'Live' : 'Connecting');
  document.title = `${state.lost ? 'No answer' : state.title ?? 'Looking'} · quaywatch`;
}

/* ---- Asking ---- */

const state = {
  doc: null, etag: null, title: null, // the last document and what it comes down to
  lost: null, misses: 0, answeredAt: 0, // the sentence while there is no answer
  timer: 0, busy: false, samplesAt: 0, healthAt: 0, // when to ask next
};

async function get(path, headers = {}) {
  const token = remember('sessionStorage', 'quaywatch-token');
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, {
    headers: { Accept: 'application/json', ...headers },
    cache: 'no-store',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const skew = Date.parse(answer.headers.get('Date') ?? '') - Date.now();
  skewMs = Math.abs(skew) > 3000 ? skew : 0;
  return answer;
}

function answered() {
  state.misses = 0;
  state.lost = null;
  state.answeredAt = Date.now();
  $('token').hidden = true;
}

/* A refusal is an answer: it says so at once. Silence must last for a moment. */
function missed(sentence, certain) {
  state.misses++;
  if (certain || state.misses >= LOST_AFTER || !state.doc) state.lost = sentence;
}

async function refused(answer) {
  const problem = object(await answer.json().catch(() => null));
  const detail = problem.detail || problem.title || `status ${answer.status}`;
  $('token').hidden = answer.status !== 401;
  const refusal = `quaywatch refuses to answer: ${sentenceOf(detail)}`;
  missed(answer.status === 401 ? 'quaywatch wants a token for reading.' : refusal, true);
}

async function askStatus() {
  try {
    const answer = await get('/api/v1/status', state.etag ? { 'If-None-Match': state.etag } : {});
    if (answer.status === 304) return answered();
    if (!answer.ok) return await refused(answer);
    const doc = object(await answer.json());
    state.etag = answer.headers.get('ETag');
    state.doc = doc;
    answered();
    show(doc);
  } catch (error) {
    if (error instanceof SyntaxError) missed('quaywatch answered something that is not JSON.', true);
    else missed('quaywatch does not answer.', false);
  }
  return undefined;
}

/* Samples grow with the number of instances and always change: large fleets are asked less often. */
async function askSamples() {
  const instances = samples.size;
  state.samplesAt = Date.now() + POLL_MS * Math.min(10, Math.floor(instances / 500));
  const answer = await get('/api/v1/samples').catch(() => null);
  if (!answer?.ok) return;
  takeSamples(await answer.json().catch(() => null));
  for (const view of views.values()) if (view.node.isConnected) view.drawSamples();
}

async function askHealth() {
  state.healthAt = Date.now() + HEALTH_MS;
  const answer = await get('/health').catch(() => null);
  if (!answer || ![200, 503].includes(answer.status)) return;
  showHealth(object(await answer.json().catch(() => null)));
}

async function turn() {
  clearTimeout(state.timer);
  if (state.busy || document.hidden) return;
  state.busy = true;
  try {
    await askStatus();
    showLost();
    const due = (at) => !state.lost && Date.now() >= at;
    await Promise.all([due(state.samplesAt) && askSamples(), due(state.healthAt) && askHealth()]);
  } finally {
    state.busy = false;
    if (!document.hidden) state.timer = setTimeout(turn, POLL_MS);
  }
}

/* ---- Theme, keys, start ---- */

function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function listenTheme() {
  const button = $('theme'), all = Object.keys(THEMES);
  let theme = remember('localStorage', 'quaywatch-theme') ?? 'auto';
  if (!all.includes(theme)) theme = 'auto';
  const draw = () => {
    button.replaceChildren(icon(`i-${theme}`));
    button.setAttribute('aria-label', `Colours: ${THEMES[theme]}. Change`);
    button.title = `Colours: ${THEMES[theme]}`;
  };
  draw();
  button.addEventListener('click', () => {
    theme = all[(all.indexOf(theme) + 1) % all.length];
    remember('localStorage', 'quaywatch-theme', theme);
    setTheme(theme);
    draw();
  });
}

function listenKeys(event) {
  const typing = document.activeElement?.matches('input:not([type="checkbox"]), textarea');
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === '/' && plain && !typing && !$('tools').hidden) {
    event.preventDefault();
    $('search').focus();
    $('search').select();
  } else if (event.key === 'Escape' && document.activeElement === $('search')) {
    if ($('search').value) clearFilter();
    else $('search').blur();
  }
}

function start() {
  listenTheme();
  readFilter();
  $('search').addEventListener('input', () => {
    filter.text = $('search').value.trim();
    refilter();
  });
  $('group').addEventListener('change', () => {
    filter.group = $('group').checked;
    refilter();
  });
  $('clear').addEventListener('click', () => {
    clearFilter();
    $('search').focus();
  });
  $('more').addEventListener('click', () => {
    const before = limit;
    limit += ROWS;
    showList();
    document.querySelectorAll('#list .name')[before]?.focus({ preventScroll: true });
  });
  $('sample-copy').addEventListener('click',
    (event) => copyFrom(event.currentTarget, $('sample').textContent));
  $('token').addEventListener('submit', (event) => {
    event.preventDefault();
    remember('sessionStorage', 'quaywatch-token', $('token-field').value);
    turn();
  });
  window.addEventListener('hashchange', () => {
    readFilter();
    showList();
  });
  document.addEventListener('keydown', listenKeys);
  document.addEventListener('visibilitychange', turn);
  setInterval(tickTimes, 1000);
  turn();
}

/* The script runs in the head, so that a chosen theme holds before anything is painted. */
setTheme(remember('localStorage', 'quaywatch-theme') ?? 'auto');
document.addEventListener('DOMContentLoaded', start);
