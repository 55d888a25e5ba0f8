/* SPDX-License-Identifier: MIT */
/* The frame for views: which one the address means (#/path?query), the navigation, the title of the window, and where the
 * focus goes. A view:
 *
 *   { path: '/events', or '/services/*' with open(name, query)   // what of the hash it answers
 *     label: 'Events', icon: 'i-events'                          // its place in the navigation; without label: none
 *     within: '/'                                                // without label: whose place is marked instead
 *     open(name, query) → screen }
 *
 * A screen, of which only node and title are needed:
 *
 *   { node, title,                    // its element, with one h1; the words for the window's title
 *     draw(change), drawSamples(), drawHistory(), // there is news (fleet.js); called once after it is on the page
 *     ask(),                          // called every two seconds while it is seen: its own questions
 *     take(query),                    // the query of the same address changed
 *     move(step), escape(),           // keys: up and down, back
 *     focus(),                        // takes the focus when it is opened; default: its h1
 *     close() }                       // it is left
 *
 * Views are listed in views.js, and nowhere else. */
import { $, h, icon } from './dom.js';
import { fleet, onFleet } from './fleet.js';

let views = [];
let current = null; // { view, path, screen }
let attention = null; // what the window's title says of the fleet

export const currentScreen = () => current?.screen;

/* The address of a path of parts and a query: link(['services', name]), link([''], {q: 'x'}). */
export function link(parts, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value);
  const path = parts.map((part) => encodeURIComponent(part)).join('/');
  return `#/${path}${kept.length > 0 ? `?${new URLSearchParams(kept)}` : ''}`;
}

export const serviceLink = (name) => link(['services', name]);

function parse(hash) {
  const [path, query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  return { path: path || '/', query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch { // a lone %
    return part;
  }
}

function find(path) {
  for (const view of views) {
    if (view.path === path) return [view, ''];
    if (view.path.endsWith('*') && path.startsWith(view.path.slice(0, -1))) {
      return [view, decode(path.slice(view.path.length - 1))];
    }
  }
  return [views[0], ''];
}

export function showTitle(words = attention) {
  attention = words;
  const screen = current?.screen;
  document.title = [attention, screen?.title, 'quaywatch'].filter(Boolean).join(' · ');
}

function markNavigation(view) {
  for (const anchor of $('nav').querySelectorAll('a')) {
    const here = anchor.dataset.path === view.path, within = anchor.dataset.path === view.within;
    if (here || within) anchor.setAttribute('aria-current', here ? 'page' : 'true');
    else anchor.removeAttribute('aria-current');
  }
  showPlace();
}

/* On a phone the navigation is wider than the screen: the place where somebody is stays in sight. */
function showPlace() {
  const nav = $('nav'), row = nav.getBoundingClientRect();
  const place = nav.querySelector('[aria-current]')?.getBoundingClientRect();
  if (!place || (place.left >= row.left && place.right <= row.right)) return;
  nav.scrollLeft += place.left - row.left - (row.width - place.width) / 2;
}

/* Opens what the address means. moved: somebody went there, so the focus goes along. */
function open(moved) {
  const { path, query } = parse(location.hash);
  const [view, name] = find(path);
  if (current?.path === path) {
    current.screen.take?.(query);
    return;
  }
  current?.screen.close?.();
  const screen = view.open(name, query);
  current = { view, path, screen };
  $('view').replaceChildren(screen.node);
  document.body.dataset.view = view.path;
  markNavigation(view);
  showTitle();
  if (fleet.doc) screen.draw?.({ changed: new Set(fleet.services.keys()), removed: new Set() });
  screen.drawSamples?.();
  screen.drawHistory?.();
  screen.ask?.();
  if (!moved) return;
  if (screen.focus?.()) return;
  window.scrollTo(0, 0);
  screen.node.querySelector('h1')?.focus({ preventScroll: true });
}

function drawNavigation() {
  $('nav').replaceChildren(h('ul', null, views.filter((view) => view.label).map((view) =>
    h('li', null, h('a', { href: `#${view.path}`, 'data-path': view.path }, icon(view.icon),
      h('span', null, view.label))))));
}

/* Goes to the nth place of the navigation. */
export function goTo(nth) {
  const anchor = $('nav').querySelectorAll('a')[nth];
  if (anchor) location.hash = anchor.getAttribute('href');
}

export function startRouter(all) {
  views = all;
  drawNavigation();
  onFleet((change) => current?.screen.draw?.(change));
  window.addEventListener('hashchange', () => open(true));
  open(false);
  new ResizeObserver(showPlace).observe($('nav')); // also when it has got its first place on the screen
}
