/* SPDX-License-Identifier: MIT */
/* What happened, as the stream tells it: the latest events, newest last, each {id, at, severity, kind, service, container,
 * sentence}. Views listen by onEvents. */
import { object } from './words.js';

const KEPT = 1024; // as many as the daemon keeps

export const events = [];
const listeners = new Set();

export function onEvents(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/* One event; one that is known already (a replay) is dropped. */
export function takeEvent(value) {
  const event = object(value);
  if (events.some((known) => known.id === event.id && known.at === event.at)) return;
  events.push(event);
  if (events.length > KEPT) events.shift();
  for (const fn of listeners) fn(event);
}
