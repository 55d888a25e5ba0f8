/* SPDX-License-Identifier: MIT */
/* What fires; and what happened, newest first, by day: changes of status, decisions, restarts, deployments, quaywatch's
 * own troubles. */
import { Alerts } from './alerts.js';
import { connection } from './connection.js';
import { area, clearSearch, h, icon, option, setText, stepFocus } from './dom.js';
import { askEvents, events, onEvents } from './events.js';
import { fleet } from './fleet.js';
import { link, serviceLink } from './router.js';
import { severityKnot, severityOf, severityTone } from './severity.js';
import { byName, capital, list, plural, words } from './words.js';

const PIECE = 150, ASK_MS = 2000;
const ABOVE = { '': 0, warning: 1, critical: 2, emergency: 3 };

const dayOf = (at) => new Date(at).toLocaleDateString(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const timeOf = (at) => new Date(at).toLocaleTimeString(undefined, { hour12: false });

/* One event as a line of the timeline; with its service unless that is known from around it. */
export function drawEvent(event, named = true) {
  const severity = severityOf(event), service = event.service ?? '';
  const elsewhere = event.container && event.container !== service;
  return h('li', { class: 'event', 'data-tone': severityTone(severity) },
    h('time', { datetime: event.at, title: new Date(event.at).toLocaleString() }, timeOf(event.at)),
    severityKnot(severity),
    h('div', null, h('p', null, named && service && [fleet.services.has(service)
      ? h('a', { href: serviceLink(service) }, service) : h('b', null, service), ' '],
    elsewhere && [h('span', { class: 'soft' }, event.container), ' '], event.sentence ?? ''),
    h('p', { class: 'kind' }, words(event.kind ?? ''))));
}

class EventsScreen {
  title = 'Events';

  constructor(query) {
    this.limit = PIECE;
    this.askedAt = -Infinity;
    this.wish = { q: query.get('q') ?? '', kind: query.get('kind') ?? '', from: query.get('from') ?? '' };
    this.sum = h('p', { class: 'soft', role: 'status' });
    this.search = h('input', { type: 'search', placeholder: 'Service, container, words', autocomplete: 'off',
      spellcheck: 'false', 'aria-label': 'Search the events', 'aria-keyshortcuts': '/' });
    this.search.value = this.wish.q;
    this.kind = h('select', { 'aria-label': 'Only one kind of event' });
    this.from = h('select', { 'aria-label': 'From which severity on' }, Object.keys(ABOVE).map((severity) =>
      option(severity, severity === '' ? 'All severities' : severity === 'emergency' ? 'Emergencies'
        : `${capital(severity)} and worse`, this.wish.from)));
    this.search.addEventListener('input', () => this.choose({ q: this.search.value.trim() }));
    this.kind.addEventListener('change', () => this.choose({ kind: this.kind.value }));
    this.from.addEventListener('change', () => this.choose({ from: this.from.value }));
    this.alerts = new Alerts();
    this.list = h('div', { class: 'days' });
    this.more = h('button', { class: 'more', type: 'button', hidden: true }, 'Show earlier ones');
    this.more.addEventListener('click', () => {
      this.limit += PIECE;
      this.show();
    });
    this.skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.none = h('div', { class: 'empty', hidden: true });
    this.node = h('div', { class: 'stale events' }, h('div', { class: 'view-head' }, h('div', null,
      h('h1', { tabindex: '-1' }, 'Events'), this.sum), h('div', { class: 'event-tools' }, this.from, this.kind,
      h('div', { class: 'find' }, icon('i-search'), this.search, h('kbd', { 'aria-hidden': 'true' }, '/')))),
    this.alerts.node, this.skeleton, this.list, this.more, this.none);
    this.leave = onEvents(() => this.show());
    this.asked = false;
  }

  close() {
    this.leave();
  }

  choose(wish) {
    Object.assign(this.wish, wish);
    history.replaceState(null, '', link(['events'], this.wish));
    this.limit = PIECE;
    this.show();
  }

  /* Once for what was before; again and again only where no stream tells. */
  async ask() {
    this.alerts.ask();
    const now = performance.now();
    if ((this.asked && !connection.polling) || now < this.askedAt + ASK_MS) return;
    this.askedAt = now;
    this.asked = await askEvents() || this.asked;
    this.show();
  }

  draw() {
    this.alerts.draw();
    this.show();
  }

  chosen() {
    const needles = this.wish.q.toLowerCase().split(/\s+/).filter(Boolean), least = ABOVE[this.wish.from] ?? 0;
    return events.filter((event) => {
      if (this.wish.kind && event.kind !== this.wish.kind) return false;
      if ((ABOVE[severityOf(event)] ?? 0) < least) return false;
      const hay = `${event.service ?? ''}\n${event.container ?? ''}\n${event.kind}\n${event.sentence}`.toLowerCase();
      return needles.every((needle) => hay.includes(needle));
    }).reverse();
  }

  show() {
    if (!this.asked && events.length === 0) return;
    const all = this.chosen(), shown = all.slice(0, this.limit), days = new Map();
    this.skeleton.hidden = true;
    for (const event of shown) days.set(dayOf(event.at), [...list(days.get(dayOf(event.at))), event]);
    const kinds = [...new Set(events.map((event) => event.kind))].sort(byName);
    area(this.kind, [kinds, this.wish.kind], () => [option('', 'All kinds', this.wish.kind),
      ...kinds.map((kind) => option(kind, capital(words(kind)), this.wish.kind))]);
    const last = shown[0], names = shown.map((event) => fleet.services.has(event.service));
    area(this.list, [shown.length, last?.id, last?.at, this.wish, names], () => [...days].map(([day, ones]) =>
      h('section', { 'aria-label': day }, h('h2', null, day), h('ol', { class: 'timeline panel' },
        ones.map((event) => drawEvent(event))))));
    this.more.hidden = shown.length === all.length;
    setText(this.sum, all.length === 0 ? '' : `${plural(all.length, 'event')}${all.length === events.length ? ''
      : ` of ${events.length}`}, newest first.`);
    area(this.none, [all.length, events.length], () => all.length === 0 && [icon('i-events', 'big'),
      h('h2', { class: 'title' }, events.length > 0 ? 'No event matches.' : 'Nothing has happened yet.'),
      h('p', null, events.length > 0 ? 'Fewer words, all kinds and all severities find more.'
        : 'Changes of status, decisions and restarts are told here as they come.')]);
  }

  move(step) {
    stepFocus(this.list.querySelectorAll('a'), step);
  }

  escapeSearch(field) {
    clearSearch(field);
  }
}

export const eventsView = {
  path: '/events', label: 'Events', icon: 'i-events', open: (_name, query) => new EventsScreen(query),
};
