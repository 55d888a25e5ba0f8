/* SPDX-License-Identifier: MIT */
/* Why the daemon treats a service as it does: asked for only while somebody looks. */
import { get } from './get.js';
import { list, object } from './words.js';

const looking = new Map(); // service name → views that show it
const answers = new Map(); // service name → instance id → explanation

/* A view is opened (shown) or closed; it is told by view.drawWhy() when there is news. */
export function lookInto(name, view, open) {
  const views = looking.get(name) ?? new Set();
  if (open) looking.set(name, views.add(view));
  else if (views.delete(view) && views.size === 0) {
    looking.delete(name);
    answers.delete(name);
  }
  if (open && !answers.has(name)) ask(name);
}

export const explanationOf = (name, id) => answers.get(name)?.get(id) ?? null;

async function ask(name) {
  const answer = await get(`/api/v1/services/${encodeURIComponent(name)}/explain`).catch(() => null);
  if (!answer?.ok || !looking.has(name)) return;
  const root = object(await answer.json().catch(() => null));
  answers.set(name, new Map(list(root.instances).map((instance) => [instance.id, instance])));
  for (const view of looking.get(name) ?? []) view.drawWhy();
}

/* One round for all that is being looked into. */
export async function askAgain() {
  await Promise.all([...looking.keys()].map(ask));
}
