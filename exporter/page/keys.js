/* SPDX-License-Identifier: MIT */
/* Single keys for those who do not like the mouse; off where somebody types, and for good by a switch in the help. */
import { $, remember } from './dom.js';
import { currentScreen, goTo } from './router.js';

const OFF = 'quaywatch-keys-off';
const typing = () => document.activeElement?.matches(
  'input:not([type="checkbox"]), textarea, select, [contenteditable]');

function focusSearch() {
  const field = document.querySelector('#view input[type="search"]');
  field?.focus();
  field?.select();
}

/* The search of this view, or that of the services. */
function search() {
  if (document.querySelector('#view input[type="search"]')) return focusSearch();
  window.addEventListener('hashchange', focusSearch, { once: true }); // after the router's own
  location.hash = '#/';
  return undefined;
}

const KEYS = {
  '/': search, '?': () => $('help').showModal(),
  j: () => currentScreen()?.move?.(1), k: () => currentScreen()?.move?.(-1),
  ArrowDown: () => currentScreen()?.move?.(1), ArrowUp: () => currentScreen()?.move?.(-1),
  Escape: () => currentScreen()?.escape?.(),
};
const ALWAYS = ['Escape', 'ArrowDown', 'ArrowUp'];

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]')) return;
  if (typing()) {
    if (event.key === 'Escape') currentScreen()?.escapeSearch?.(document.activeElement);
    return;
  }
  if (remember('localStorage', OFF) && !ALWAYS.includes(event.key)) return;
  const place = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
  // Arrows scroll where there is nothing to move through; inside a widget they are the widget's.
  if (event.key.startsWith('Arrow') && !currentScreen()?.movable?.()) return;
  if (!KEYS[event.key] && !place) return;
  if (event.key !== 'Escape') event.preventDefault();
  if (place) goTo(place - 1);
  else KEYS[event.key]();
}

export function listenKeys() {
  document.addEventListener('keydown', onKey);
  const off = $('keys-off');
  off.checked = !remember('localStorage', OFF);
  off.addEventListener('change', () => remember('localStorage', OFF, off.checked ? '' : 'off'));
  $('help-open').addEventListener('click', () => $('help').showModal());
  $('help').addEventListener('click', (event) => {
    if (event.target === $('help')) $('help').close();
  });
}
