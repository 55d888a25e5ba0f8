/* SPDX-License-Identifier: MIT */
/* What happened: the latest events, newest last, each {id, at, severity, kind, service, container, sentence}, from the list
 * that the daemon keeps and from its stream. Views listen by onEvents. */
import { getObject } from './get.js';
import { list, object } from './words.js';

const KEPT = 1024; // as many as the daemon keeps

export const events = [];
const known = new Set(); // of those, by number and time: numbers begin anew with a daemon that forgot
const listeners = new Set();

const markOf = (event) => `${event.id}/${event.at}`;

/* fn() is called after something came. Gives what ends that. */
export function onEvents(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

function add(value) {
  const event = object(value);
  if (event.id === undefined || known.has(markOf(event))) return false;
  known.add(markOf(event));
  events.push(event);
  return true;
}

function tell() {
  events.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || a.id - b.id);
  for (const old of events.splice(0, Math.max(0, events.length - KEPT))) known.delete(markOf(old));
  for (const fn of listeners) fn();
}

/* One event of the stream; one that is known already (a replay) is dropped. */
export function takeEvent(value) {
  if (add(value)) tell();
}

/* Asks for what happened before the page was opened, or while there is no stream. Gives whether there was an answer. */
export async function askEvents() {
  const answer = await getObject('/api/v1/events');
  if (answer && list(answer.events).filter(add).length > 0) tell();
  return Boolean(answer);
}
