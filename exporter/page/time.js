/* SPDX-License-Identifier: MIT */
/* Points in time, said relative to now by the daemon's clock. */
import { h, setText } from './dom.js';
import { span } from './words.js';

let skewMs = 0; // the daemon's clock minus ours, where they differ by more than the header's resolution
const now = () => Date.now() + skewMs;

/* Takes the daemon's clock from the Date header of an answer. */
export function setClock(date) {
  const skew = Date.parse(date ?? '') - Date.now();
  skewMs = Math.abs(skew) > 3000 ? skew : 0;
}

const relative = {
  ago: (ms) => `${span(now() - ms)} ago`,
  for: (ms) => `for ${span(now() - ms)}`,
  in: (ms) => (ms > now() ? `in ${span(ms - now())}` : 'now'),
};

/* A time that stays true by itself (see tickTimes); null when there is none. */
export function when(value, form = 'ago') {
  const ms = Date.parse(value ?? '');
  if (Number.isNaN(ms)) return null;
  return h('time', { datetime: value, 'data-form': form, title: new Date(ms).toLocaleString() },
    relative[form](ms));
}

/* Brings all times on the page level with the clock. */
export function tickTimes() {
  for (const node of document.querySelectorAll('time[data-form]')) {
    setText(node, relative[node.dataset.form](Date.parse(node.dateTime)));
  }
}
