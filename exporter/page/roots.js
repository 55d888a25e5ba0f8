/* SPDX-License-Identifier: MIT */
/* Who is down because of whom, from the dependencies in the document: a root is down by itself, its victims wait for it.
 * Like the daemon's own graph (/api/v1/graph, "roots") it follows what is required and not circular. */
import { byName } from './words.js';

const DOWN = ['failed', 'unhealthy'];
export const isDown = (facts) => DOWN.includes(facts.status);
/* What is stopped serves nobody either; it is no trouble by itself. */
const gone = (facts) => isDown(facts) || facts.status === 'stopped';

/* Which service the service is down for: the end of the chain of what it requires; itself when there is none. */
function rootOf(services, facts) {
  const seen = new Set();
  let at = facts;
  while (!seen.has(at.name)) {
    seen.add(at.name);
    const next = at.needs.filter((need) => need.type === 'required' && !need.circular)
      .map((need) => services.get(need.name)).find((target) => target && gone(target));
    if (!next) return at;
    at = next;
  }
  return [...seen].sort(byName).map((name) => services.get(name))[0]; // a circle
}

/* [{facts, victims: [facts]}], those with the most victims first. */
export function findRoots(services) {
  const roots = new Map();
  for (const facts of services.values()) {
    if (!isDown(facts)) continue;
    const root = rootOf(services, facts);
    if (!roots.has(root.name)) roots.set(root.name, { facts: root, victims: [] });
    if (root !== facts) roots.get(root.name).victims.push(facts);
  }
  return [...roots.values()].sort((a, b) => b.victims.length - a.victims.length
    || byName(a.facts.name, b.facts.name));
}

/* The root of one service that is down; null when it is down by itself, or not down. */
export function rootFor(services, facts) {
  if (!isDown(facts)) return null;
  const root = rootOf(services, facts);
  return root === facts ? null : root;
}

/* Who needs a service, in any way: [{facts, need}]. */
export function neededBy(services, name) {
  const found = [];
  for (const facts of services.values()) {
    for (const need of facts.needs) if (need.name === name) found.push({ facts, need });
  }
  return found.sort((a, b) => byName(a.facts.name, b.facts.name));
}
