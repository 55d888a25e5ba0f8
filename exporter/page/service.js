/* SPDX-License-Identifier: MIT */
/* One service: its card with facts, decisions and findings around the rows of its instances. */
import { copyButton } from './copy.js';
import { area, arrange, h, icon, quiet, setText, statusIcon } from './dom.js';
import { InstanceView } from './instance.js';
import { when } from './time.js';
import { HOLDS, capital, known, list, number, object, plural, rank, words } from './words.js';

/* What is worth saying about a service: equal sentences of replicas are said once. */
export function decisionsOf(service) {
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

function drawNeed(need, others) {
  const target = typeof need === 'string' ? { name: need } : need;
  const type = target.type ?? 'required';
  const title = `${type} dependency, from ${target.source ?? 'a label'}`;
  const attributes = { class: 'need', 'data-tone': known(target.status), title };
  const inside = [statusIcon(target.status), h('b', null, target.name ?? '?'), h('span', null, type),
    quiet(` ${target.status ?? 'unknown'}`)];
  if (!others.has(target.name)) return h('span', attributes, inside);
  const link = h('a', { ...attributes, href: '#services' }, inside);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    others.jumpTo(target.name);
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

export class ServiceView {
  /* others: has(name) and jumpTo(name) for the services that this one needs. */
  constructor(others) {
    this.others = others;
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
        && [h('span', null, 'needs'), list(service.dependencies).map((need) => drawNeed(need, this.others))],
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
      view.draw(instance, this.label);
      this.instances.set(id, view);
      old.delete(id);
    });
    for (const view of old.values()) view.leave();
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
