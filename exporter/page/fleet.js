/* SPDX-License-Identifier: MIT */
/* What the page knows of the fleet: all services by name, and who wants to hear when some of them change. Changes are
 * gathered and told once a frame, so that a burst is drawn once, and a hidden tab draws nothing. */
import { factsOf } from './facts.js';
import { list, object } from './words.js';

/* doc: the last document without its services; services: name → facts (facts.js), a new object when it changed. */
export const fleet = { doc: null, services: new Map() };

const listeners = new Set();
let told = null, frame = 0;

/* fn(change) is called after each change: {changed: Set of names, removed: Set of names}. Gives what ends that. */
export function onFleet(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

function tell() {
  frame = 0;
  const change = told;
  told = null;
  for (const fn of listeners) fn(change);
}

function changing() {
  told ??= { changed: new Set(), removed: new Set() };
  frame ||= requestAnimationFrame(tell);
  return told;
}

function takeService(service, key, change) {
  fleet.services.set(key, factsOf(service, key));
  change.changed.add(key);
  change.removed.delete(key);
}

function removeService(key, change) {
  if (!fleet.services.delete(key)) return;
  change.removed.add(key);
  change.changed.delete(key);
}

function takeRest({ services: _services, removed: _removed, full: _full, ...rest }) {
  fleet.doc = { ...fleet.doc, ...rest };
}

/* A whole document: what is as before is left alone. */
export function takeDocument(value) {
  const doc = object(value), change = changing(), seen = new Set();
  list(doc.services).forEach((service, index) => {
    let key = String(object(service).name ?? object(service).key ?? 'unnamed');
    if (seen.has(key)) key = `${key}#${index}`;
    seen.add(key);
    const before = fleet.services.get(key);
    if (before && JSON.stringify(before.data) === JSON.stringify(service)) return;
    takeService(service, key, change);
  });
  for (const key of fleet.services.keys()) if (!seen.has(key)) removeService(key, change);
  takeRest(doc);
}

/* A message of the stream: the services that changed since the one before, or all of them. */
export function takeMessage(value) {
  const message = object(value);
  if (message.full) return takeDocument(message);
  const change = changing();
  for (const service of list(message.services)) {
    if (object(service).name !== undefined) takeService(service, String(service.name), change);
  }
  for (const name of list(message.removed)) removeService(String(name), change);
  return takeRest(message);
}
