/* SPDX-License-Identifier: MIT */
/* What stands around every view: the state in the bar, the connection, notices, the daemon's own health. */
import { connection } from './connection.js';
import { $, area, h, icon, setText } from './dom.js';
import { fleet, onFleet } from './fleet.js';
import { showTitle } from './router.js';
import { findVerdict } from './verdict.js';
import { capital, object, sentenceOf, span, words } from './words.js';

const MODES = {
  'dry-run': ['Dry run.', 'quaywatch decides and reports, but restarts nothing.'],
  observe: ['Only observing.', 'quaywatch restarts nothing here.'],
};
const SAY_MS = 4000; // how long the state must last before it is said aloud

let health = {}, sayTimer = 0;

/* The last verdict; views read it, and it is made once a change. */
export const state = { verdict: null };

/* ---- Connection ---- */

function chipOf() {
  if (connection.locked) return ['lost', 'Token needed', 'quaywatch wants a token for reading'];
  if (connection.lost && !connection.reconnecting) return ['lost', 'No answer', connection.lost];
  if (connection.reconnecting) return ['lost', 'Reconnecting', 'The connection broke and is made again'];
  if (!fleet.doc) return ['wait', 'Connecting', 'Asking for the first time'];
  if (connection.polling) return ['on', 'Asking', 'The live stream does not come through; asking every two seconds'];
  return ['on', 'Live', 'Changes are shown as they happen'];
}

function ageText() {
  const age = Date.now() - connection.answeredAt, wait = connection.retryAt - Date.now();
  const time = new Date(connection.answeredAt).toLocaleTimeString();
  const seen = connection.answeredAt ? `What you see is its state of ${time}, ${span(age)} ago. ` : '';
  if (connection.locked) return seen;
  if (connection.polling) return `${seen}Asking again every two seconds.`;
  return seen + (wait > 999 ? `Trying again in ${span(wait)}.` : 'Trying again.');
}

/* Whether there is an answer, and since when there is none. Also called every second, for the ages. */
export function showConnection() {
  const [live, word, title] = chipOf(), lost = connection.lost !== null;
  const age = live === 'lost' && connection.answeredAt ? ` · ${span(Date.now() - connection.answeredAt)}` : '';
  if ($('live').dataset.live !== live) $('live').dataset.live = live;
  setText($('live-word'), word);
  setText($('live-age'), connection.locked ? '' : age);
  if ($('live').title !== title) $('live').title = title;
  document.body.classList.toggle('lost', lost);
  document.body.classList.toggle('blank', lost && !fleet.doc);
  $('lost').hidden = !lost || connection.locked;
  if (lost) {
    setText($('lost-what'), connection.lost);
    setText($('lost-age'), ageText());
  }
  const asks = connection.locked;
  if ($('token').hidden === asks) {
    $('token').hidden = !asks;
    if (asks) $('token-field').focus();
  }
  showAttention();
}

function showAttention() {
  const { verdict } = state;
  const bad = verdict ? verdict.counts.failed + verdict.counts.unhealthy : 0;
  const words = !verdict ? 'Looking' : bad > 0 ? `${bad} ${bad === 1 ? 'needs' : 'need'} attention` : verdict.word;
  showTitle(connection.locked ? 'Token needed' : connection.lost ? 'No answer' : words);
}

/* ---- State ---- */

function drawPill({ tone, name, word, bad }) {
  $('pill').dataset.tone = tone;
  return [icon(name, name === 's-starting' ? 'turning' : ''), h('span', null, word),
    bad > 0 && h('b', null, `${bad} down`)];
}

/* Says the state aloud once it has lasted, and not every step on the way. */
function say(sentence) {
  clearTimeout(sayTimer);
  sayTimer = setTimeout(() => setText($('said-state'), sentence), SAY_MS);
}

function drawFooter({ controller, engine, revision }) {
  const up = engine.connected !== false;
  return [['Engine', [up ? 'connected' : 'lost', engine.version].filter(Boolean).join(', ')
    + (engine.api_version ? ` (API ${engine.api_version})` : '')],
  ['Mode', { act: 'acts', observe: 'observes only', 'dry-run': 'dry run' }[controller.mode] ?? controller.mode],
  ['Host', controller.host], ['Version', controller.version], ['Revision', revision]]
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([key, value]) => h('div', null, h('dt', null, key), h('dd', null, String(value))));
}

function showState() {
  const doc = object(fleet.doc), verdict = findVerdict();
  const before = state.verdict;
  state.verdict = verdict;
  const { tone, icon: name, word, counts } = verdict; // without the facts of roots: those are long
  area($('pill'), { tone, name, word, bad: counts.failed + counts.unhealthy }, drawPill);
  if (before?.sentence !== verdict.sentence || before.word !== verdict.word) {
    say(`${verdict.word}. ${verdict.sentence}`);
  }
  setText($('host'), String(object(doc.controller).host ?? ''));
  area($('platform'), { controller: object(doc.controller), engine: object(doc.engine),
    revision: doc.revision }, drawFooter);
  showNotices();
  showConnection();
}

/* ---- Notices ---- */

/* The mode, and the daemon's own troubles. That the engine is lost is not said again where the document says it. */
function showNotices() {
  const engineDown = object(fleet.doc?.engine).connected === false;
  const mode = MODES[object(fleet.doc?.controller).mode];
  const bad = Object.entries(object(health.checks)).map(([name, text]) => [name, String(text)])
    .filter(([name, text]) => !/^healthy/.test(text) && !(name === 'engine' && engineDown))
    .map(([name, text]) => [/^warning/.test(text) ? 'degraded' : 'unhealthy', `quaywatch, ${words(name)}:`,
      capital(sentenceOf(text.replace(/^(warning|unhealthy): /, '')))]);
  const notices = mode ? [['starting', ...mode], ...bad] : bad;
  area($('notices'), notices, () => notices.map(([tone, head, text]) =>
    h('li', { class: 'notice', 'data-tone': tone }, icon(tone === 'starting' ? 'i-eye' : `s-${tone}`),
      h('p', null, h('strong', null, head), ' ', text))));
}

export function showHealth(value) {
  health = value;
  showNotices();
  const memory = object(health.memory);
  setText($('own'), [`quaywatch ${health.version ?? ''}`.trim(),
    Number.isFinite(health.uptime) && `up ${span(health.uptime * 1000)}`,
    Number.isFinite(memory.used) && `${Math.round(memory.used)} MiB in use`].filter(Boolean).join(' · '));
}

export function startShell() {
  onFleet(showState);
  showConnection();
}
