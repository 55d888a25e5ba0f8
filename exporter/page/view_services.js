/* SPDX-License-Identifier: MIT */
/* The first view: the glance, and the table of services with its filter. */
import { copyFrom } from './copy.js';
import { area, arrange, h, icon, setText } from './dom.js';
import { clearFilter, filter, filterAddress, isFiltered, readFilter } from './filter.js';
import { fleet } from './fleet.js';
import { Overview } from './overview.js';
import { matchText } from './row.js';
import { state } from './shell.js';
import { ServiceTable } from './table.js';
import { WORST_FIRST, byName, capital, object, plural } from './words.js';

const SAMPLE = `labels:
  service.name: web
  service.port: "8080"
  service.health.path: /health
  service.restart: on-unhealthy`;

/* Where somebody was in the list, to come back to it. */
const left = { name: null };
export const leaveFor = (name) => { left.name = name; };

class ServicesScreen {
  title = null; // the state of the fleet is title enough

  constructor(query) {
    readFilter(query);
    this.overview = new Overview();
    this.table = new ServiceTable(() => this.refilter());
    this.chips = new Map();
    this.makeTools();
    this.matches = h('p', { class: 'quiet', role: 'status' });
    this.skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'), h('i'));
    this.nothing = h('div', { class: 'empty', hidden: true }, icon('i-search', 'big'),
      h('h3', { class: 'title' }, 'No service matches.'), this.away = h('p'),
      this.clearButton = h('button', { type: 'button' }, 'Show all services'));
    this.clearButton.addEventListener('click', () => {
      this.clear();
      this.search.focus();
    });
    this.unregistered = this.makeUnregistered();
    this.node = h('div', null, this.overview.node, h('section', { class: 'stale', 'aria-labelledby': 'services' },
      this.tools, this.matches, this.skeleton, this.table.node, this.nothing, this.unregistered));
    this.node.addEventListener('click', (event) => this.clickRow(event));
    this.showFilter();
  }

  makeTools() {
    this.search = h('input', { id: 'search', type: 'search', placeholder: 'Name, project, tag, container, finding',
      autocomplete: 'off', spellcheck: 'false', 'aria-keyshortcuts': '/', 'aria-label': 'Search the services' });
    this.search.addEventListener('input', () => {
      filter.text = this.search.value.trim();
      this.refilter();
    });
    this.projects = this.makeSelect('project', 'Any project', 'Project');
    this.tags = this.makeSelect('tag', 'Any tag', 'Tag');
    this.chipBox = h('div', { class: 'chips', role: 'group', 'aria-label': 'Show only services with this status' });
    this.tools = h('div', { class: 'tools', hidden: true },
      h('h2', { id: 'services', tabindex: '-1' }, 'Services'),
      h('div', { class: 'find' }, icon('i-search'), this.search, h('kbd', { 'aria-hidden': 'true' }, '/')),
      h('div', { class: 'selects' }, this.projects, this.tags), this.chipBox);
  }

  makeSelect(key, any, label) {
    const select = h('select', { 'aria-label': label, 'data-any': any });
    select.addEventListener('change', () => {
      filter[key] = select.value;
      this.refilter();
    });
    return select;
  }

  makeUnregistered() {
    const copy = h('button', { class: 'ghost', type: 'button', 'aria-label': 'Copy the labels' }, icon('i-copy'));
    copy.addEventListener('click', () => copyFrom(copy, SAMPLE));
    return h('div', { class: 'empty', id: 'unregistered', hidden: true }, icon('s-empty', 'big'),
      h('h2', { class: 'title' }, 'No services are registered yet.'),
      h('p', null, 'A container becomes a service as soon as it carries a ', h('code', null, 'service.*'),
        ' label. Nothing needs to be restarted here: it appears on this page by itself.'),
      h('div', { class: 'sample' }, h('pre', { tabindex: '0' }, h('code', null, SAMPLE)), copy),
      h('p', null, 'Labels of Coolify are understood as they are. To list every container, labelled or not, set ',
        h('code', null, 'QUAYWATCH_WATCH=all'), '.'));
  }

  /* ---- News ---- */

  draw(change) {
    this.overview.draw();
    this.skeleton.hidden = true;
    const none = fleet.services.size === 0;
    this.tools.hidden = none;
    this.unregistered.hidden = !none || object(fleet.doc.engine).connected === false;
    this.table.draw(change);
    this.showChips();
    this.showSelects();
    this.showMatches();
  }

  drawSamples() {
    this.table.drawSamples();
  }

  drawHistory() {
    this.table.drawUptimes();
  }

  showChips() {
    const counts = state.verdict?.counts ?? {};
    for (const status of ['all', ...WORST_FIRST]) {
      if (!this.chips.has(status)) this.chips.set(status, this.makeChip(status));
      const chip = this.chips.get(status);
      const on = status === 'all' ? filter.statuses.size === 0 : filter.statuses.has(status);
      const count = status === 'all' ? fleet.services.size : counts[status] ?? 0;
      setText(chip.lastChild, String(count));
      if (chip.ariaPressed !== String(on)) chip.ariaPressed = String(on);
      const hidden = count === 0 && !on;
      if (chip.hidden !== hidden) chip.hidden = hidden;
    }
    arrange(this.chipBox, [...this.chips.values()]);
  }

  makeChip(status) {
    const tone = status === 'all' ? 'accent' : status;
    const chip = h('button', { class: 'chip', type: 'button', 'data-status': status, 'data-tone': tone },
      status !== 'all' && icon(`s-${status}`), capital(status), ' ', h('b', null, '0'));
    chip.addEventListener('click', () => {
      if (status === 'all') filter.statuses.clear();
      else if (!filter.statuses.delete(status)) filter.statuses.add(status);
      this.refilter();
    });
    return chip;
  }

  showSelects() {
    const tags = new Set(), projects = new Set();
    for (const facts of fleet.services.values()) {
      if (facts.project) projects.add(facts.project);
      for (const tag of facts.tags) tags.add(tag);
    }
    this.fill(this.projects, projects, filter.project);
    this.fill(this.tags, tags, filter.tag);
  }

  fill(select, values, chosen) {
    if (chosen) values.add(chosen); // of an address: shown although nobody has it
    select.hidden = values.size < 2 && !chosen;
    area(select, [[...values].sort(byName)], ([all]) =>
      [new Option(select.dataset.any, ''), ...all.map((value) => new Option(value, value))]);
    select.hidden = values.size < 2 && !chosen;
    if (select.value !== chosen) select.value = chosen;
    select.classList.toggle('on', chosen !== '');
  }

  showMatches() {
    const all = fleet.services.size, matching = this.table.shown.length;
    setText(this.matches, isFiltered() ? matchText(matching) : '');
    this.nothing.hidden = matching > 0 || all === 0;
    setText(this.away, `${plural(all, 'service is', 'services are')} hidden by the search or the filter.`);
  }

  /* ---- The filter ---- */

  refilter() {
    history.replaceState(null, '', filterAddress());
    this.showAll();
  }

  showAll() {
    if (!fleet.doc) return;
    this.table.drawAll();
    this.showChips();
    this.showSelects();
    this.showMatches();
  }

  showFilter() {
    this.search.value = filter.text;
  }

  clear() {
    clearFilter();
    this.showFilter();
    this.refilter();
  }

  take(query) {
    readFilter(query);
    this.showFilter();
    this.showAll();
  }

  /* ---- Hands and keys ---- */

  /* A click anywhere in a row opens it, unless it selects text or hits something of its own. */
  clickRow(event) {
    const link = event.target.closest('tbody tr')?.querySelector('.name');
    if (!link || event.target.closest('a, button') || String(getSelection())) return;
    link.click();
  }

  move = (step) => this.table.move(step);
  movable = () => document.activeElement === document.body || this.node.contains(document.activeElement);

  escape() {
    if (isFiltered()) this.clear();
  }

  escapeSearch(field) {
    if (field === this.search && this.search.value) {
      filter.text = this.search.value = '';
      this.refilter();
    } else {
      field.blur();
    }
  }

  focus() {
    const name = left.name;
    left.name = null;
    return name !== null && this.table.focusOn(name);
  }

  close() {
    this.table.close();
    lastAddress = filterAddress();
  }
}

let lastAddress = '#/';
/* Where "back to the services" leads: with the filter as it was left. */
export const servicesAddress = () => lastAddress;

export const servicesView = {
  path: '/', label: 'Services', icon: 'i-list', open: (_name, query) => new ServicesScreen(query),
};
