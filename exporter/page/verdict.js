/* SPDX-License-Identifier: MIT */
/* The whole fleet in a word and a sentence: is everything all right, and if not, what is the root. */
import { fleet } from './fleet.js';
import { findRoots, isDown } from './roots.js';
import { HOLDS, WORST_FIRST, capital, known, object, plural, sentenceOf, words } from './words.js';

const engineLost = (engine, some) => ({
  tone: 'unhealthy', icon: 's-lost', word: 'Engine lost', roots: [],
  sentence: `${sentenceOf(capital(String(engine.error || 'the Docker Engine does not answer')))} ${some
    ? 'The services are kept as last seen; nothing is restarted now.' : ''}`.trim(),
});

/* What is done about a service that is down; where no check says why it is, what is known instead. */
export function doing(facts) {
  const decision = facts.decisions[0];
  if (decision?.action === 'act') return 'quaywatch is restarting it.';
  if (decision?.action !== 'hold') return facts.message ? '' : decision?.sentence ?? '';
  return `Not restarted now: ${HOLDS[decision.reason] ?? words(decision.reason ?? 'held back')}.`;
}

function shareOf(all) {
  const serving = all.filter((facts) => facts.serving > 0).length;
  if (all.length === 1) return serving ? 'The only service serves.' : 'The only service does not serve.';
  if (serving === all.length) return `All ${serving} services serve.`;
  return `${serving || 'None'} of ${all.length} services ${serving > 1 ? 'serve' : 'serves'}.`;
}

/* Roots are told one by one (overview.js); the sentence names the only one, or counts them. */
function told(roots, counts) {
  const down = counts.failed + counts.unhealthy;
  if (down === 0) {
    const status = WORST_FIRST.find((word) => counts[word] > 0 && word !== 'healthy');
    return status && status !== 'stopped' ? `${plural(counts[status], 'service is', 'services are')} ${status}. ` : '';
  }
  const [first] = roots, because = roots.reduce((sum, root) => sum + root.victims.length, 0);
  if (because > 0 && roots.length === 1) {
    return `${first.facts.name} is down, and ${plural(because, 'service')} because of it. `;
  }
  const causes = because > 0 ? `, for ${roots.length} root causes` : '';
  return `${plural(down, 'service is', 'services are')} down${causes}. `;
}

/* {tone, icon, word, sentence, roots, counts}; counts: services by status. */
export function findVerdict() {
  const all = [...fleet.services.values()], engine = object(fleet.doc?.engine);
  const counts = Object.fromEntries(WORST_FIRST.map((status) => [status, 0]));
  for (const facts of all) counts[facts.status]++;
  const common = { counts, roots: [] };
  if (engine.connected === false && !engine.error && !engine.version) {
    return { ...common, tone: 'starting', icon: 's-starting', word: 'Connecting',
      sentence: 'Looking for the Docker Engine.' };
  }
  if (engine.connected === false) return { ...common, ...engineLost(engine, all.length > 0) };
  if (all.length === 0) {
    return { ...common, tone: 'accent', icon: 's-empty', word: 'Ready',
      sentence: 'Watching the engine; no services are registered yet.' };
  }
  const worst = WORST_FIRST.find((status) => counts[status] > 0);
  const status = known(object(fleet.doc.summary).status ?? worst);
  const roots = all.some(isDown) ? findRoots(fleet.services) : [];
  return { counts, roots, tone: status, icon: `s-${status}`,
    word: status === 'healthy' ? 'All is well' : capital(status),
    sentence: `${told(roots, counts)}${shareOf(all)}` };
}
