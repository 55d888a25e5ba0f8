/* SPDX-License-Identifier: MIT */
/* The glance: the overall state, its root causes with those who are down because of them, and a few figures. */
import { area, h, icon, quiet, setText, statusIcon } from './dom.js';
import { fleet } from './fleet.js';
import { serviceLink } from './router.js';
import { state } from './shell.js';
import { when } from './time.js';
import { doing } from './verdict.js';
import { WORST_FIRST, plural, sentenceOf } from './words.js';

const ROOTS = 3; // told one by one; the others are in the table
const VICTIMS = 6;

const figure = (title, value, rest) =>
  h('div', null, h('dt', null, title), h('dd', null, String(value), rest && h('small', null, rest)));

const serviceWord = (facts) => h('a', { class: 'need', href: serviceLink(facts.name), 'data-tone': facts.status },
  statusIcon(facts.status), h('b', null, facts.name), quiet(` ${facts.status}`));

function isWord(facts) {
  if (facts.status === 'failed') return 'has failed';
  return `is ${facts.status}`;
}

function drawRoot({ facts, victims }) {
  const shown = victims.slice(0, VICTIMS);
  return h('li', { class: 'root', 'data-tone': facts.status },
    h('span', { class: 'badge' }, statusIcon(facts.status)),
    h('div', null,
      h('p', { class: 'root-what' }, h('a', { href: serviceLink(facts.name) }, facts.name), ` ${isWord(facts)}`,
        facts.message && `: ${sentenceOf(facts.message)}`, !facts.message && '.', ' ',
        h('span', { class: 'soft' }, when(facts.since, 'for'))),
      doing(facts) && h('p', { class: 'soft' }, doing(facts)),
      shown.length > 0 && h('p', { class: 'victims' }, h('span', null, 'Down because of it:'),
        shown.map(serviceWord), victims.length > shown.length
          && h('span', null, `and ${victims.length - shown.length} more`))));
}

export class Overview {
  constructor() {
    this.seal = h('span', { class: 'seal' });
    this.word = h('h1', { class: 'word', tabindex: '-1' }, 'Looking');
    this.sentence = h('p', { class: 'sentence' }, 'Asking quaywatch what it sees.');
    this.figures = h('dl', { class: 'figures', hidden: true });
    this.share = h('div', { class: 'share', 'aria-hidden': 'true', hidden: true });
    this.roots = h('ul', { class: 'roots', 'aria-label': 'Root causes', hidden: true });
    this.seal.append(icon('s-loading', 'turning'));
    this.node = h('section', { class: 'hero stale', 'data-tone': 'unknown', 'aria-label': 'Overall state' },
      h('div', { class: 'verdict' }, this.seal, h('div', null, this.word, this.sentence), this.figures),
      this.share, this.roots);
  }

  draw() {
    if (!state.verdict) return;
    const { tone, icon: name, word, sentence, roots, counts } = state.verdict;
    this.node.dataset.tone = tone;
    area(this.seal, name, () => icon(name, name === 's-starting' ? 'turning' : ''));
    setText(this.word, word);
    setText(this.sentence, sentence);
    this.drawFigures();
    const inUse = WORST_FIRST.toReversed().filter((status) => counts[status] > 0);
    area(this.share, counts, () => inUse.map((status) => {
      const part = h('i', { 'data-tone': status });
      part.style.flexGrow = counts[status];
      return part;
    }));
    const told = roots.slice(0, ROOTS);
    const marks = told.map(({ facts, victims }) => [facts.name, facts.status, facts.message, facts.since,
      doing(facts), victims.map((victim) => [victim.name, victim.status])]);
    area(this.roots, [marks, roots.length], () => [...told.map(drawRoot), roots.length > ROOTS
      && h('li', { class: 'soft' }, `And ${plural(roots.length - ROOTS, 'more root cause')}, below.`)]);
  }

  drawFigures() {
    let instances = 0, serving = 0, restarts = 0;
    for (const facts of fleet.services.values()) {
      instances += facts.instances.length;
      serving += facts.serving;
      restarts += facts.restartsInWindow;
    }
    const services = fleet.services.size;
    area(this.figures, [services, instances, serving, restarts], () => services > 0 && [
      figure('Services', services), figure('Instances serving', serving, ` of ${instances}`),
      figure('Recent restarts', restarts)]);
  }
}
