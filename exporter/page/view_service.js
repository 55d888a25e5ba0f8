/* SPDX-License-Identifier: MIT */
/* One service: why it is as it is, what can be done, its instances, addresses, neighbours and findings. */
import { actionsOf } from './actions.js';
import { copyButton } from './copy.js';
import { area, arrange, h, icon, quiet, setText, statusIcon, stepFocus } from './dom.js';
import { fleet } from './fleet.js';
import { InstanceView } from './instance.js';
import { neededBy, rootFor } from './roots.js';
import { link, serviceLink } from './router.js';
import { serviceSamples } from './samples.js';
import { ServiceHistory } from './service_history.js';
import { when } from './time.js';
import { leaveFor, servicesAddress } from './view_services.js';
import { HOLDS, bytes, capital, list, milliseconds, number, object, plural, words } from './words.js';

const DEFAULT_OPEN = 1; // a service of one instance shows its inside at once

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

function drawRoot(root) {
  return h('div', { class: 'decision', 'data-tone': root.status }, icon('i-graph'),
    h('p', { class: 'why' }, 'It is down because of ', h('a', { href: serviceLink(root.name) }, root.name),
      `, which ${root.status === 'failed' ? 'has failed' : `is ${root.status}`}.`),
    root.message && h('p', { class: 'how' }, h('span', null, `${root.name}: ${root.message}`)));
}

function drawNeighbour(name, status, type, title) {
  const inside = [statusIcon(status), h('b', null, name), h('span', null, type), quiet(` ${status}`)];
  return h('li', null, fleet.services.has(name)
    ? h('a', { class: 'need', href: serviceLink(name), 'data-tone': status, title }, inside)
    : h('span', { class: 'need', 'data-tone': status, title: `${title}; nobody is registered by this name` }, inside));
}

function breakerText(breaker) {
  const state = ['open', 'half_open'].includes(breaker.state) ? breaker.state : 'closed';
  const tone = { open: 'unhealthy', half_open: 'degraded', closed: 'healthy' }[state];
  return h('span', { 'data-tone': tone, title: plural(number(breaker.failure_count), 'failure') },
    icon(`i-${state}`), capital(words(String(breaker.state))));
}

function meterOf(share) {
  const meter = h('i');
  meter.style.width = `${Math.min(100, share * 100).toFixed(0)}%`;
  return h('span', { class: 'gauge', 'aria-hidden': 'true', 'data-tone': share > 0.9 ? 'unhealthy'
    : share > 0.8 ? 'degraded' : 'accent' }, meter);
}

class ServiceScreen {
  constructor(name) {
    this.name = this.title = name;
    this.instances = new Map();
    this.back = h('a', { class: 'back', href: servicesAddress() }, icon('i-back'), 'Services');
    this.badge = h('span', { class: 'seal small' });
    this.state = h('span', { class: 'title-rest' });
    this.meta = h('p', { class: 'meta' });
    this.actions = actionsOf();
    this.figures = h('dl', { class: 'figures wide-figures' });
    this.reasons = h('div', { class: 'decisions' });
    this.history = new ServiceHistory(name);
    this.list = h('ul', { class: 'instances' });
    this.instancesTitle = h('h2', null, 'Instances');
    this.endpoints = this.panel('Endpoints');
    this.needs = this.panel('Needs');
    this.needs.node.append(h('p', { class: 'panel-link' }, h('a', { href: link(['graph'], { around: name }) },
      'See it in the graph')));
    this.neededBy = this.panel('Needed by');
    this.metadata = this.panel('Metadata');
    this.findings = this.panel('Findings', 'findings-panel');
    this.head = h('header', { class: 'service-head hero stale' }, h('div', { class: 'service-title' }, this.badge,
      h('div', null, h('div', { class: 'title-line' }, h('h1', { tabindex: '-1' }, name), this.state), this.meta),
      this.actions.node), this.figures);
    this.body = h('div', { class: 'stale service-body' }, this.reasons, this.history.node,
      h('section', { class: 'panel instances-panel' }, this.instancesTitle, this.list),
      h('div', { class: 'panels' }, this.endpoints.node, this.needs.node, this.neededBy.node, this.findings.node,
        this.metadata.node));
    this.loading = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'));
    this.missing = h('div', { class: 'empty', hidden: true }, icon('s-empty', 'big'),
      h('h2', { class: 'title' }, `There is no service named “${name}”.`),
      h('p', null, 'It may have been removed, or renamed. If it comes back, it appears here by itself.'));
    this.node = h('div', { class: 'service' }, this.back, this.loading, this.head, this.missing, this.body);
    this.head.hidden = this.body.hidden = true;
  }

  panel(title, extra = '') {
    const box = h('div');
    return { box, node: h('section', { class: `panel ${extra}`, hidden: true }, h('h2', null, title), box) };
  }

  /* ---- News ---- */

  draw(change) {
    const facts = fleet.services.get(this.name);
    this.loading.hidden = true;
    this.head.hidden = this.body.hidden = !facts;
    this.missing.hidden = Boolean(facts);
    if (!facts) return;
    if (this.facts !== facts) this.drawSelf(facts);
    if (this.facts !== facts || change.changed.size + change.removed.size > 0) this.drawAround(facts);
    this.facts = facts;
  }

  drawSelf(facts) {
    const { data } = facts;
    this.head.dataset.tone = facts.status;
    area(this.badge, facts.status, (status) => statusIcon(status));
    area(this.state, [facts.word, facts.since, facts.maintenance], () => [
      h('span', { class: 'state', 'data-tone': facts.status }, capital(facts.word)), ' ',
      h('span', { class: 'since' }, when(facts.since, 'for')),
      facts.maintenance && h('span', { class: 'tag loud' }, 'maintenance, ends ', when(facts.maintenance, 'in'))]);
    const said = [data.project, data.environment, data.version && `version ${data.version}`].filter(Boolean);
    area(this.meta, [said, facts.tags], () => [...said.map((text) => h('span', null, String(text))),
      ...facts.tags.map((tag) => h('span', { class: 'tag' }, tag))]);
    this.actions.draw(facts);
    this.drawInstances(facts.instances);
    this.drawFigures();
    this.drawPanels(facts);
  }

  /* What depends on others, too. */
  drawAround(facts) {
    const root = rootFor(fleet.services, facts);
    area(this.reasons, [root && [root.name, root.status, root.message], facts.decisions], () => [root && drawRoot(root),
      ...facts.decisions.map((decision) => drawDecision(decision, facts.instances.length > 1))]);
    const users = neededBy(fleet.services, facts.name);
    area(this.neededBy.box, users.map((user) => [user.facts.name, user.facts.status, user.need.type]), () =>
      users.length > 0 && h('ul', { class: 'neighbours' }, users.map(({ facts: user, need }) =>
        drawNeighbour(user.name, user.status, need.type, `needs it: ${need.type}, from ${need.source}`))));
    this.neededBy.node.hidden = users.length === 0;
  }

  drawPanels(facts) {
    const { data } = facts;
    const addresses = [...new Set([data.url, ...list(data.endpoints)].filter(Boolean).map(String))];
    this.fill(this.endpoints, addresses, () => h('ul', { class: 'endpoints' }, addresses.map((address) =>
      h('li', null, h('code', null, address), copyButton(address, address)))));
    this.fill(this.needs, facts.needs, () => h('ul', { class: 'neighbours' }, facts.needs.map((need) =>
      drawNeighbour(need.name, need.status, need.type + (need.circular ? ', in a circle' : ''),
        `${need.type} dependency, from ${need.source}`))));
    this.fill(this.findings, facts.findings, () => h('ul', { class: 'found' }, facts.findings.map((finding) =>
      h('li', null, h('code', null, finding.code), h('span', null, finding.text)))));
    const metadata = Object.entries(object(data.metadata));
    this.fill(this.metadata, metadata, () => h('dl', { class: 'pairs' }, metadata.map(([key, value]) =>
      h('div', null, h('dt', null, key), h('dd', null, String(value))))));
  }

  fill(panel, data, draw) {
    area(panel.box, data, () => data.length > 0 && draw());
    panel.node.hidden = data.length === 0;
  }

  drawInstances(instances) {
    const old = this.instances;
    this.instances = new Map();
    instances.forEach((instance, index) => {
      const id = instance.id ?? instance.container ?? index;
      const view = old.get(id) ?? new InstanceView();
      view.draw(instance, this.name);
      if (!old.has(id) && instances.length <= DEFAULT_OPEN) view.details.open = true;
      this.instances.set(id, view);
      old.delete(id);
    });
    for (const view of old.values()) view.leave();
    setText(this.instancesTitle, instances.length === 1 ? 'Its only instance' : `${instances.length} instances`);
    arrange(this.list, [...this.instances.values()].map((view) => view.node));
  }

  drawFigures() {
    const facts = fleet.services.get(this.name), sample = serviceSamples.get(this.name) ?? {};
    if (!facts) return;
    const restarts = [facts.restartsInWindow, facts.restartsMax, facts.restarts];
    const { ms, p50, p95, cpu, memory, limit } = sample;
    area(this.figures, [facts.serving, facts.instances.length, ms, p50, p95, cpu, memory, limit, restarts,
      facts.breaker], () => [
      ['Serving', facts.serving, ` of ${facts.instances.length}`],
      ['Response time', milliseconds(ms ?? NaN), Number.isFinite(p95) && ` p95 ${milliseconds(p95)}`],
      ['CPU', Number.isFinite(cpu) && `${(cpu * 100).toFixed(cpu < 0.1 ? 1 : 0)} %`],
      ['Memory', Number.isFinite(memory) && [bytes(memory), limit && h('small', null, ` of ${bytes(limit)}`),
        limit && meterOf(memory / limit)]],
      ['Restarts', restarts[0], ` of ${restarts[1]} lately, ${restarts[2]} in all`],
      ['Breaker', breakerText(facts.breaker)],
    ].filter(([, value]) => value !== false).map(([title, value, rest]) => h('div', null, h('dt', null, title),
      h('dd', null, value,
        rest && h('small', null, rest)))));
  }

  drawSamples() {
    for (const view of this.instances.values()) view.drawSamples();
    this.drawFigures();
  }

  /* ---- Hands and keys ---- */

  ask() {
    return this.history.ask();
  }

  drawHistory() {
    this.history.ask();
  }

  move(step) {
    stepFocus(this.list.querySelectorAll('summary'), step);
  }

  escape() {
    location.hash = servicesAddress();
  }

  close() {
    leaveFor(this.name);
    for (const view of this.instances.values()) view.leave();
  }
}

export const serviceView = { path: '/services/*', within: '/', open: (name) => new ServiceScreen(name) };
