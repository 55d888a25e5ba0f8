/* SPDX-License-Identifier: MIT */
/* Keeps the page level with the daemon: by its stream of changes, and by asking again and again where a stream does not
 * come through. Samples and the daemon's own health are asked for while the page is seen. */
import { connection } from './connection.js';
import { takeEvent } from './events.js';
import { askAgain } from './explaining.js';
import { fleet, takeDocument, takeMessage } from './fleet.js';
import { get, getObject } from './get.js';
import { takeHistory } from './history.js';
import { samples, takeSamples } from './samples.js';
import { currentScreen } from './router.js';
import { MessageParser, openStream, readStream } from './stream.js';
import { showConnection, showHealth } from './shell.js';
import { object, sentenceOf } from './words.js';

const POLL_MS = 2000;
const HEALTH_MS = 10000;
const HISTORY_MS = 60000;
const FIRST_MESSAGE_MS = 8000; // a stream that says nothing at first is kept back by a proxy
const SILENCE_MS = 45000; // the daemon sends a comment every 15 s
const RETRY_MS = 1000, RETRY_MAX_MS = 30000;
const STREAM_AGAIN_MS = 300000; // how long to poll before the stream is tried once more
const HIDDEN_MS = 30000; // how long a tab that nobody sees keeps its stream
const LOST_AFTER = 2; // attempts in a row without an answer; one alone may be a restart

const now = () => performance.now();

const state = {
  etag: null, lastId: '', // of what was heard last
  misses: 0, stream: null, streamAt: 0, streamTimer: 0, hiddenTimer: 0,
  timer: 0, busy: false, samplesAt: 0, healthAt: 0, historyAt: 0,
};

function answered() {
  Object.assign(connection, { lost: null, locked: false, reconnecting: false, retryAt: 0,
    answeredAt: Date.now() });
  state.misses = 0;
  showConnection();
}

/* A refusal is an answer: it says so at once. Silence must last for a moment. */
function missed(sentence, certain) {
  state.misses++;
  if (certain || state.misses >= LOST_AFTER || !fleet.doc) connection.lost = sentence;
  showConnection();
}

async function refused(answer) {
  const problem = object(await answer.json().catch(() => null));
  const detail = problem.detail || problem.title || `status ${answer.status}`;
  connection.locked = answer.status === 401;
  missed(connection.locked ? 'quaywatch wants a token for reading.'
    : `quaywatch refuses to answer: ${sentenceOf(String(detail))}`, true);
}

/* ---- The stream ---- */

/* The last document that was heard, so that only what changed since is sent. */
const since = () => (fleet.doc?.index ? `&since=${encodeURIComponent(fleet.doc.index)}` : '');

function hear(message) {
  if (message.id) state.lastId = message.id;
  if (message.event === 'status') takeMessage(JSON.parse(message.data));
  else if (message.event === 'event') takeEvent(JSON.parse(message.data));
  answered();
}

/* The stream is no use here: the page asks instead, and tries the stream again much later. */
function usePolling() {
  connection.polling = true;
  connection.reconnecting = false;
  state.streamAt = now() + STREAM_AGAIN_MS;
  turn();
}

/* Twice as long after each failure, and never all pages at once. */
function retryLater(base) {
  const wait = Math.min(RETRY_MAX_MS, base * 2 ** Math.max(0, state.misses - 1)) * (0.6 + 0.4 * Math.random());
  connection.reconnecting = true;
  connection.retryAt = Date.now() + wait;
  clearTimeout(state.streamTimer);
  state.streamTimer = setTimeout(follow, wait);
  showConnection();
}

async function readMessages(answer, abort, parser) {
  let first = true, quiet = setTimeout(() => abort.abort('silent'), FIRST_MESSAGE_MS);
  const heard = () => {
    clearTimeout(quiet);
    quiet = setTimeout(() => abort.abort('broken'), SILENCE_MS);
  };
  try {
    await readStream(answer, parser, {
      bytes: () => !first && heard(),
      message(message) {
        first = false;
        heard();
        hear(message);
      },
    });
  } finally {
    clearTimeout(quiet);
  }
}

/* Opens the stream and follows it until it ends; then decides what comes next. */
async function follow() {
  if (state.stream || document.hidden) return;
  const abort = new AbortController(), parser = new MessageParser();
  parser.id = state.lastId;
  state.stream = abort;
  connection.retryAt = 0;
  try {
    const opening = setTimeout(() => abort.abort('broken'), FIRST_MESSAGE_MS);
    const answer = await openStream(`/api/v1/events?include=status${since()}`, state.lastId, abort.signal)
      .finally(() => clearTimeout(opening));
    state.stream = abort;
    if ([401, 403, 503].includes(answer.status)) {
      await refused(answer);
      if (answer.status !== 401) retryLater(4 * RETRY_MS);
    } else if (!answer.ok || !/^text\/event-stream/.test(answer.headers.get('Content-Type') ?? '')) {
      answer.body?.cancel().catch(() => {});
      usePolling();
    } else {
      connection.polling = false;
      await readMessages(answer, abort, parser);
      throw new Error('the stream ended');
    }
  } catch (error) {
    if (abort.signal.reason === 'silent') usePolling();
    else if (abort.signal.reason !== 'hidden') {
      missed(error instanceof SyntaxError ? 'quaywatch answered something that is not JSON.'
        : 'quaywatch does not answer.', error instanceof SyntaxError);
      retryLater(parser.retry ? Math.min(parser.retry, RETRY_MS) : RETRY_MS);
    }
  } finally {
    if (state.stream === abort) state.stream = null;
  }
}

/* ---- Asking ---- */

async function askStatus() {
  try {
    const answer = await get('/api/v1/status', state.etag ? { 'If-None-Match': state.etag } : {});
    if (answer.status === 304) return answered();
    if (!answer.ok) return await refused(answer);
    const doc = object(await answer.json());
    state.etag = answer.headers.get('ETag');
    takeDocument(doc);
    answered();
  } catch (error) {
    const odd = error instanceof SyntaxError;
    missed(odd ? 'quaywatch answered something that is not JSON.' : 'quaywatch does not answer.', odd);
  }
  return undefined;
}

/* Samples grow with the number of instances and always change: large fleets are asked less often. */
async function askSamples() {
  state.samplesAt = now() + POLL_MS * Math.min(10, Math.floor(samples.size / 500));
  const answer = await getObject('/api/v1/samples');
  if (!answer) return;
  takeSamples(answer);
  currentScreen()?.drawSamples?.();
}

async function askHealth() {
  state.healthAt = now() + HEALTH_MS;
  const answer = await get('/health').catch(() => null);
  if (answer && [200, 503].includes(answer.status)) showHealth(object(await answer.json().catch(() => null)));
}

/* Kept by the daemon where it has a folder for it; the table shows it from the first answer on. */
async function askHistory() {
  state.historyAt = now() + HISTORY_MS;
  if (takeHistory(await getObject('/api/v1/history?window=24h'))) currentScreen()?.drawHistory?.();
}

/* One round of questions; the next follows by itself while the page is seen. */
export async function turn() {
  clearTimeout(state.timer);
  if (state.busy || document.hidden) return;
  state.busy = true;
  try {
    if (connection.polling) await askStatus();
    if (connection.polling && now() >= state.streamAt) follow();
    const due = (at) => !connection.lost && fleet.doc && now() >= at;
    await Promise.all([due(state.samplesAt) && askSamples(), due(state.healthAt) && askHealth(),
      due(state.historyAt) && askHistory(), due(0) && askAgain(), due(0) && currentScreen()?.ask?.()]);
  } finally {
    state.busy = false;
    if (!document.hidden) state.timer = setTimeout(turn, POLL_MS);
  }
}

/* Asks at once: somebody looks again, has given a token, or wants to know. */
export function wake() {
  clearTimeout(state.hiddenTimer);
  if (document.hidden) {
    state.hiddenTimer = setTimeout(() => state.stream?.abort('hidden'), HIDDEN_MS);
    return;
  }
  if (!state.stream && !connection.polling) {
    clearTimeout(state.streamTimer);
    follow();
  }
  turn();
}

export function startLive() {
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  wake();
}
