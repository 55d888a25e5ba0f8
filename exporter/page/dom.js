/* SPDX-License-Identifier: MIT */
/* Elements: making them, and bringing those on the page level while touching only what changed. Text from
 * outside (names, labels, messages) is set as text and never parsed as HTML: it is hostile. */
import { known } from './words.js';

export const $ = (id) => document.getElementById(id);
export const isHidden = (value) => value === null || value === undefined || value === false || value === '';

/* An element with attributes and children; strings become text nodes. */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (!isHidden(value)) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(4).filter((child) => !isHidden(child))
    .map((c) => (c instanceof Node ? c : String(c))));
  return node;
}

export function svg(tag, attributes, ...children) {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

export const icon = (name, extra = '') =>
  svg('svg', { class: `icon ${extra}`, 'aria-hidden': 'true', focusable: 'false' },
    svg('use', { href: `#${name}` }));
export const statusIcon = (status) =>
  icon(`s-${known(status)}`, known(status) === 'starting' ? 'turning' : '');
/* One choice of a select; its value may be ''. */
export function option(value, label, chosen) {
  const node = h('option', { selected: value === chosen }, label);
  node.value = value;
  return node;
}

export const quiet = (text) => h('span', { class: 'quiet' }, text);

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const drawn = new WeakMap();

/* Redraws the children of node only if data differs from the last time; focus inside survives. */
export function area(node, data, draw) {
  const mark = JSON.stringify(data) ?? '';
  if (drawn.get(node) === mark) return;
  drawn.set(node, mark);
  const reachable = () => [...node.querySelectorAll('a, button, summary')];
  const focused = reachable().indexOf(document.activeElement);
  node.replaceChildren(...[draw(data)].flat(4).filter((child) => !isHidden(child)));
  node.hidden = !node.hasChildNodes();
  if (focused >= 0) (reachable()[focused] ?? reachable().at(-1))?.focus({ preventScroll: true });
}

/* Makes nodes the children of parent, in this order. One that went up or down is moved, and not all between. */
export function arrange(parent, nodes) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (at && at !== node && at.nextElementSibling === node) at = node; // what stood here went down: it is met later
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
  if (focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/* Moves the focus that many steps along nodes; into them when it is elsewhere. */
export function stepFocus(nodes, step) {
  const all = [...nodes], at = all.indexOf(document.activeElement);
  all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
}

/* Escape in a search field: empties it, and leaves it when it is empty. */
export function clearSearch(field) {
  if (!field.value) return field.blur();
  field.value = '';
  return field.dispatchEvent(new Event('input'));
}

/* What the browser remembers may be forbidden; then nothing is remembered. */
export function remember(storage, key, value) {
  try {
    if (value === undefined) return window[storage].getItem(key);
    window[storage].setItem(key, value);
  } catch { /* private mode */ }
  return null;
}
