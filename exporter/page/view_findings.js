/* SPDX-License-Identifier: MIT */
/* All findings: what labels, checks and containers could do better, by code. */
import { area, clearSearch, h, icon, setText, statusIcon, stepFocus } from './dom.js';
import { fleet } from './fleet.js';
import { link, serviceLink } from './router.js';
import { byName, plural } from './words.js';

const SHOWN = 20; // of one code; the others are one click away

/* code → [{facts, text, containers}], the most frequent code first. */
function gather(words) {
  const groups = new Map();
  for (const facts of fleet.services.values()) {
    for (const finding of facts.findings) {
      const hay = `${facts.name}\n${facts.project}\n${finding.code}\n${finding.text}`.toLowerCase();
      if (!words.every((word) => hay.includes(word))) continue;
      groups.set(finding.code, [...(groups.get(finding.code) ?? []), { facts, ...finding }]);
    }
  }
  for (const items of groups.values()) items.sort((a, b) => byName(a.facts.name, b.facts.name));
  return [...groups.entries()].sort((a, b) => b[1].length - a[1].length || byName(a[0], b[0]));
}

class FindingsScreen {
  title = 'Findings';

  constructor(query) {
    this.all = new Set(); // codes that are shown in full
    this.text = query.get('q') ?? '';
    this.count = h('p', { class: 'soft', role: 'status' });
    this.search = h('input', { type: 'search', placeholder: 'Service, code, words', autocomplete: 'off',
      spellcheck: 'false', 'aria-label': 'Search the findings', 'aria-keyshortcuts': '/' });
    this.search.value = this.text;
    this.search.addEventListener('input', () => {
      this.text = this.search.value.trim();
      history.replaceState(null, '', link(['findings'], { q: this.text }));
      this.draw();
    });
    this.list = h('div', { class: 'groups' });
    this.none = h('div', { class: 'empty', hidden: true });
    this.node = h('div', { class: 'stale' }, h('div', { class: 'view-head' }, h('div', null,
      h('h1', { tabindex: '-1' }, 'Findings'), this.count),
    h('div', { class: 'find' }, icon('i-search'), this.search, h('kbd', { 'aria-hidden': 'true' }, '/'))),
    this.list, this.none);
  }

  draw() {
    if (!fleet.doc) return;
    const groups = gather(this.text.toLowerCase().split(/\s+/).filter(Boolean));
    const total = groups.reduce((sum, [, items]) => sum + items.length, 0);
    const services = new Set(groups.flatMap(([, items]) => items.map((item) => item.facts.name))).size;
    setText(this.count, total > 0 ? `${plural(total, 'finding')} in ${plural(services, 'service')}. `
      + 'None of them stops quaywatch; each says what would be better.' : '');
    const marks = groups.map(([code, items]) => [code, this.all.has(code), items.map((item) =>
      [item.facts.name, item.facts.status, item.text, item.containers.length])]);
    area(this.list, marks, () => groups.map(([code, items]) => this.drawGroup(code, items)));
    area(this.none, [total, this.text], () => total === 0 && [icon(this.text ? 'i-search' : 'i-done', 'big'),
      h('h2', { class: 'title' }, this.text ? 'No finding matches.' : 'Nothing found.'),
      h('p', null, this.text ? 'Fewer words find more.'
        : 'All labels are understood, every check has an answer, and nothing looks wrong.')]);
  }

  drawGroup(code, items) {
    const shown = this.all.has(code) ? items : items.slice(0, SHOWN);
    const more = h('button', { class: 'more', type: 'button' }, `Show ${items.length - shown.length} more`);
    more.addEventListener('click', () => {
      this.all.add(code);
      this.draw();
    });
    return h('section', { class: 'panel' }, h('h2', null, icon('i-finding'), h('code', null, code), ' ',
      h('span', { class: 'count' }, String(items.length))),
    h('ul', { class: 'found' }, shown.map(({ facts, text, containers }) => h('li', null,
      h('a', { class: 'need', href: serviceLink(facts.name), 'data-tone': facts.status }, statusIcon(facts.status),
        h('b', null, facts.name)),
      h('span', null, text, containers.length > 1 && h('small', { class: 'soft' },
        ` (${containers.length} instances)`))))),
    shown.length < items.length && more);
  }

  move(step) {
    stepFocus(this.list.querySelectorAll('a'), step);
  }

  escapeSearch(field) {
    clearSearch(field);
  }
}

export const findingsView = {
  path: '/findings', label: 'Findings', icon: 'i-finding', open: (_name, query) => new FindingsScreen(query),
};
