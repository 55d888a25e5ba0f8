/* SPDX-License-Identifier: MIT */
/* What fires now, as a panel: asked for while it is seen, and not there when nothing fires. */
import { area, h } from './dom.js';
import { fleet } from './fleet.js';
import { getObject } from './get.js';
import { serviceLink } from './router.js';
import { severityKnot, severityOf, severityTone } from './severity.js';
import { when } from './time.js';
import { list, object, plural, sentenceOf } from './words.js';

const ASK_MS = 4000, VICTIMS_SHOWN = 12;

const nameOf = (name) => (fleet.services.has(name) ? h('a', { href: serviceLink(name) }, name) : h('b', null, name));

function drawVictims(victims) {
  const left = victims.length - VICTIMS_SHOWN;
  return victims.length > 0 && h('span', null, 'Suffering from it: ', victims.slice(0, VICTIMS_SHOWN)
    .map((name, i) => [i > 0 && ', ', nameOf(String(name))]), left > 0 && ` and ${left} more`);
}

function whereTo(alert) {
  const channels = list(alert.sent_to);
  if (alert.waits_for_quiet_hours === true) return h('span', null, 'Waits for the end of quiet hours');
  if (channels.length === 0) return h('span', null, 'Sent to nobody');
  return h('span', null, `Sent to ${channels.join(', ')} `, when(alert.told_at));
}

function drawAlert(alert) {
  const severity = severityOf(alert), service = String(alert.service ?? '');
  const title = String(alert.title ?? ''), sentence = String(alert.sentence ?? '');
  return h('li', { class: 'alert', 'data-tone': severityTone(severity) }, severityKnot(severity), h('div', null,
    h('p', { class: 'what' }, h('strong', null, title), ' ', h('span', { class: 'since' }, when(alert.since, 'for'),
      alert.flapping === true && ', comes and goes')),
    sentence && sentence !== title && h('p', null, sentenceOf(sentence)),
    h('p', { class: 'facts' }, service && h('span', null, 'Service ', nameOf(service)),
      drawVictims(list(alert.victims)), whereTo(alert), h('span', null, String(alert.name ?? '')))));
}

export class Alerts {
  node = h('section', { class: 'alerts', 'aria-label': 'Alerts', hidden: true });
  alerts = [];
  askedAt = -Infinity;

  /* May be called often. What was known stays while there is no answer. */
  async ask() {
    const now = performance.now();
    if (now < this.askedAt + ASK_MS) return;
    this.askedAt = now;
    const answer = await getObject('/api/v1/alerts');
    if (answer) this.alerts = list(answer.alerts).map(object);
    this.draw();
  }

  draw() {
    const known = this.alerts.map((alert) => [alert.service, ...list(alert.victims)].map((name) => fleet.services.has(name)));
    area(this.node, [this.alerts, known], () => this.alerts.length > 0 && [
      h('h2', null, plural(this.alerts.length, 'alert')), h('ol', { class: 'panel' }, this.alerts.map(drawAlert))]);
  }
}
