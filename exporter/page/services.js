/* SPDX-License-Identifier: MIT */
/* The list of services: order, search, filter, groups, and how much of it is drawn. */
import { $, area, arrange, h, icon, setText } from './dom.js';
import { ServiceView } from './service.js';
import { WORST_FIRST, byName, capital, list, object, plural, rank } from './words.js';

const ROWS = 60; // services drawn at first, and added by each "show more"

const views = new Map(); // service key → ServiceView
const projects = new Map(); // project → its heading
const filter = { text: '', statuses: new Set(), group: false };
let limit = ROWS;

const viewNamed = (name) => [...views.values()].find((view) => view.data.name === name);
const others = { has: (name) => viewNamed(name) !== undefined, jumpTo };

function takeServices(services) {
  const seen = new Set();
  services.forEach((service, index) => {
    let key = service.key ?? service.name ?? `#${index}`;
    if (seen.has(key)) key = `${key}#${index}`;
    if (!views.has(key)) views.set(key, new ServiceView(others));
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
  const inUse = WORST_FIRST.toReversed().filter((status) => counts[status] > 0);
  area($('share'), counts, () => inUse.map((status) => {
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

export function clearFilter() {
  filter.text = '';
  filter.statuses.clear();
  $('search').value = '';
  refilter();
}

function jumpTo(name) {
  const view = viewNamed(name);
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

/* Brings the list level with a document. */
export function showServices(doc) {
  takeServices(list(doc.services));
  $('skeleton').hidden = true;
  $('tools').hidden = views.size === 0;
  $('unregistered').hidden = views.size > 0 || object(doc.engine).connected === false;
  showList();
}

/* Only the numbers and lines that samples move. */
export function showSamples() {
  for (const view of views.values()) if (view.node.isConnected) view.drawSamples();
}

/* Takes the filter from the address, and from now on from whoever uses the tools. */
export function listenFilter() {
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
  window.addEventListener('hashchange', () => {
    readFilter();
    showList();
  });
}
