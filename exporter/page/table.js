/* SPDX-License-Identifier: MIT */
/* The table of services: which rows there are, in which order, and how much of it is drawn. A change of one service
 * touches its row, and the order only when its place changed. */
import { arrange, h, icon, setText } from './dom.js';
import { fleet } from './fleet.js';
import { SORTS, compare, filter, matcher } from './filter.js';
import { uptimes } from './history.js';
import { Row } from './row.js';

const ROWS = 100; // rows drawn at first, and added when the end comes near

const COLUMNS = [['status', 'Status'], ['name', 'Service'], ['project', 'Project'], ['instances', 'Serving'],
  ['time', 'Response'], ['uptime', 'Uptime 24 h'], ['restarts', 'Restarts'], ['cpu', 'CPU'],
  ['memory', 'Memory']];

export class ServiceTable {
  /* onSort() is called when somebody chose another order. */
  constructor(onSort) {
    this.rows = new Map(); // service name → Row
    this.shown = []; // facts that match, in order
    this.limit = ROWS;
    this.inView = new Set(); // rows near the window: only those follow the samples
    this.body = h('tbody', { role: 'rowgroup' });
    this.heads = COLUMNS.map(([id, label]) => this.headOf(id, label, onSort));
    this.table = h('table', { role: 'table', class: 'table', 'aria-label': 'Services', hidden: true },
      h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, this.heads)), this.body);
    this.more = h('button', { class: 'more', type: 'button', hidden: true });
    this.more.addEventListener('click', () => this.grow(true));
    this.node = h('div', { class: 'table-box' }, this.table, this.more);
    this.near = new IntersectionObserver((seen) => this.see(seen), { rootMargin: '300px' });
    this.end = new IntersectionObserver(([seen]) => seen.isIntersecting && this.grow(false), { rootMargin: '800px' });
    this.end.observe(this.more);
  }

  headOf(id, label, onSort) {
    const button = h('button', { type: 'button' }, label, icon('i-sort'));
    button.addEventListener('click', () => {
      const { first } = SORTS[id];
      filter.way = filter.sort === id ? -filter.way : first;
      filter.sort = id;
      onSort();
    });
    return h('th', { role: 'columnheader', scope: 'col', class: `c-${id}`, 'data-sort': id }, button);
  }

  /* Chooses, orders and draws everything anew: the filter or the order was changed. */
  drawAll() {
    const wanted = matcher();
    this.shown = [...fleet.services.values()].filter(wanted).sort(compare);
    for (const head of this.heads) {
      const here = head.dataset.sort === filter.sort;
      if (here) head.setAttribute('aria-sort', filter.way > 0 ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    }
    this.place();
  }

  /* Some services changed. Their rows are redrawn where they are, unless one has to move, come or go. */
  draw({ changed, removed }) {
    for (const name of removed) this.forget(name);
    if (removed.size > 0 || changed.size > 50 || [...changed].some((name) => !this.stays(name))) {
      this.drawAll();
      return;
    }
    for (const name of changed) this.rows.get(name)?.draw(fleet.services.get(name));
  }

  /* Whether a changed service keeps its place, and takes its new facts there. */
  stays(name) {
    const facts = fleet.services.get(name), at = this.shown.findIndex((old) => old.name === name);
    const fits = matcher()(facts);
    if (at < 0) return !fits;
    if (!fits) return false;
    this.shown[at] = facts;
    const [before, after] = [this.shown[at - 1], this.shown[at + 1]];
    return (!before || compare(before, facts) <= 0) && (!after || compare(facts, after) <= 0);
  }

  forget(name) {
    const row = this.rows.get(name);
    if (!row) return;
    this.near.unobserve(row.node);
    this.inView.delete(row);
    this.rows.delete(name);
  }

  rowOf(facts) {
    let row = this.rows.get(facts.name);
    if (!row) {
      row = new Row(facts);
      this.rows.set(facts.name, row);
      this.near.observe(row.node);
      row.fresh = true;
    }
    row.draw(facts);
    if (row.fresh) {
      row.fresh = false;
      row.drawSamples();
      row.drawUptime();
    }
    return row;
  }

  place() {
    const nodes = this.shown.slice(0, this.limit).map((facts) => this.rowOf(facts).node);
    arrange(this.body, nodes);
    this.table.hidden = nodes.length === 0;
    const hidden = Math.max(0, this.shown.length - this.limit);
    this.more.hidden = hidden === 0;
    setText(this.more, `Show ${Math.min(hidden, ROWS)} more of ${hidden}`);
  }

  grow(byHand) {
    const before = this.limit;
    if (before >= this.shown.length) return;
    this.limit += ROWS;
    this.place();
    if (byHand) this.body.children[before]?.querySelector('.name').focus();
  }

  see(seen) {
    for (const { target, isIntersecting } of seen) {
      if (isIntersecting) this.inView.add(target.row);
      else this.inView.delete(target.row);
      if (isIntersecting && target.isConnected) target.row.drawSamples();
    }
  }

  /* The order follows what moves only while nobody is about to click a row. */
  drawSamples() {
    for (const row of this.inView) row.drawSamples();
    const busy = this.table.matches(':hover, :focus-within');
    if (SORTS[filter.sort].moves && !busy) this.drawAll();
  }

  drawUptimes() {
    this.table.classList.toggle('has-uptime', uptimes.size > 0);
    for (const row of this.rows.values()) row.drawUptime();
  }

  /* Moves the focus by step rows; from nowhere to the first. Gives whether there was one. */
  move(step) {
    const all = [...this.body.querySelectorAll('.name')];
    const row = document.activeElement?.closest?.('tr')?.querySelector('.name');
    const at = all.indexOf(row);
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    next?.focus();
    next?.closest('tr').scrollIntoView({ block: 'nearest' });
  }

  focusOn(name) {
    const at = this.shown.findIndex((facts) => facts.name === name);
    if (at < 0) return false;
    while (this.limit <= at) this.limit += ROWS;
    this.place();
    const row = this.rows.get(name);
    row.node.scrollIntoView({ block: 'center' });
    row.name.focus({ preventScroll: true });
    return true;
  }

  close() {
    this.near.disconnect();
    this.end.disconnect();
  }
}
