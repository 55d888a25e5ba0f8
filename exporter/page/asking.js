/* SPDX-License-Identifier: MIT */
/* Asks the daemon again and again, and says whether it answers. */
import { $, setText } from './dom.js';
import { askAgain } from './explaining.js';
import { get } from './get.js';
import { samples, takeSamples } from './samples.js';
import { showSamples, showServices } from './services.js';
import { showHealth, showSummary } from './summary.js';
import { object, sentenceOf, span } from './words.js';

const POLL_MS = 2000;
const HEALTH_MS = 10000;
const LOST_AFTER = 2; // polls in a row without an answer; one alone may be a restart

const state = {
  doc: null, etag: null, title: null, // the last document and what it comes down to
  lost: null, misses: 0, answeredAt: 0, // the sentence while there is no answer
  timer: 0, busy: false, samplesAt: 0, healthAt: 0, // when to ask next
};

/* Whether there is an answer, and since when there is none. */
function showLost() {
  const since = state.answeredAt;
  const time = `${new Date(since).toLocaleTimeString()}, ${span(Date.now() - since)} ago`;
  const age = since ? `What you see is its state of ${time}. ` : '';
  $('lost').hidden = !state.lost;
  document.body.classList.toggle('lost', Boolean(state.lost));
  if (state.lost) {
    setText($('lost-what'), state.lost);
    setText($('lost-age'), `${age}Asking again every ${POLL_MS / 1000} s.`);
    if (!state.doc) {
      setText($('word'), 'No answer');
      setText($('sentence'), 'quaywatch has not answered this page yet.');
    }
  }
  $('live').dataset.live = state.lost ? 'lost' : state.doc ? 'on' : 'wait';
  setText($('live-word'), state.lost ? 'No answer' : state.doc ? 'Live' : 'Connecting');
  document.title = `${state.lost ? 'No answer' : state.title ?? 'Looking'} · quaywatch`;
}

/* The age of what is shown grows. */
export function tickLost() {
  if (state.lost) showLost();
}

function answered() {
  state.misses = 0;
  state.lost = null;
  state.answeredAt = Date.now();
  $('token').hidden = true;
}

/* A refusal is an answer: it says so at once. Silence must last for a moment. */
function missed(sentence, certain) {
  state.misses++;
  if (certain || state.misses >= LOST_AFTER || !state.doc) state.lost = sentence;
}

async function refused(answer) {
  const problem = object(await answer.json().catch(() => null));
  const detail = problem.detail || problem.title || `status ${answer.status}`;
  $('token').hidden = answer.status !== 401;
  const refusal = `quaywatch refuses to answer: ${sentenceOf(detail)}`;
  missed(answer.status === 401 ? 'quaywatch wants a token for reading.' : refusal, true);
}

async function askStatus() {
  try {
    const answer = await get('/api/v1/status', state.etag ? { 'If-None-Match': state.etag } : {});
    if (answer.status === 304) return answered();
    if (!answer.ok) return await refused(answer);
    const doc = object(await answer.json());
    state.etag = answer.headers.get('ETag');
    state.doc = doc;
    answered();
    state.title = showSummary(doc);
    showServices(doc);
  } catch (error) {
    if (error instanceof SyntaxError) missed('quaywatch answered something that is not JSON.', true);
    else missed('quaywatch does not answer.', false);
  }
  return undefined;
}

/* Samples grow with the number of instances and always change: large fleets are asked less often. */
async function askSamples() {
  const instances = samples.size;
  state.samplesAt = Date.now() + POLL_MS * Math.min(10, Math.floor(instances / 500));
  const answer = await get('/api/v1/samples').catch(() => null);
  if (!answer?.ok) return;
  takeSamples(await answer.json().catch(() => null));
  showSamples();
}

async function askHealth() {
  state.healthAt = Date.now() + HEALTH_MS;
  const answer = await get('/health').catch(() => null);
  if (!answer || ![200, 503].includes(answer.status)) return;
  showHealth(object(await answer.json().catch(() => null)), state.doc);
}

/* One round of questions; the next follows by itself while the page is seen. */
export async function turn() {
  clearTimeout(state.timer);
  if (state.busy || document.hidden) return;
  state.busy = true;
  try {
    await askStatus();
    showLost();
    const due = (at) => !state.lost && Date.now() >= at;
    await Promise.all([due(state.samplesAt) && askSamples(), due(state.healthAt) && askHealth(),
      due(0) && askAgain()]);
  } finally {
    state.busy = false;
    if (!document.hidden) state.timer = setTimeout(turn, POLL_MS);
  }
}
