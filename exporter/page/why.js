/* SPDX-License-Identifier: MIT */
/* Why an instance is treated as it is: the decision, what would hold it back row by row, what is left of its
 * budget, how it last stopped, its latest checks and decisions. */
import { h, icon, isHidden, quiet } from './dom.js';
import { when } from './time.js';
import { HOLDS, capital, list, milliseconds, number, object, plural, span } from './words.js';

const STOPS = {
  crash: 'it crashed', oom: 'the kernel ended it for lack of memory', finished: 'it ended by itself',
  manual: 'a person or a tool stopped it', deploy: 'a deployment stopped it',
  'engine-shutdown': 'the engine shut down', healed: 'quaywatch restarted it',
  'first-seen': 'it was stopped when first seen', unknown: 'nobody saw why',
};
const ACTIONS = { act: 'Acted', hold: 'Held', none: 'No action' };

export function rows(title, ...pairs) {
  const shown = pairs.filter(([, value]) => !isHidden(value)
    && !(Array.isArray(value) && value.length === 0));
  if (shown.length === 0) return null;
  return h('section', null, h('h4', null, title),
    h('dl', null, shown.map(([key, value]) => h('div', null, h('dt', null, key), h('dd', null, value)))));
}

const actionOf = (decision) => (decision.action in ACTIONS ? decision.action : 'none');

/* All but the calmest is said on the card of the service already. */
function drawDecision(decision) {
  if (!decision.sentence || decision.reason !== 'healthy') return null;
  return h('section', { class: 'wide' }, h('h4', null, 'Decision'), h('p', null, decision.sentence));
}

/* The first row that says yes is the reason, if there is something to heal at all. */
function drawLadder(ladder, decision) {
  if (ladder.length === 0) return null;
  const yes = ladder.filter((row) => row.holds).length;
  const reason = decision.action === 'hold' ? decision.reason : null;
  return h('section', { class: 'ladder' },
    h('h4', null, 'What would hold a restart back ', h('small', null, yes ? `${yes} of ${ladder.length}`
      : 'nothing')),
    h('ol', null, ladder.map((row) => h('li', { 'data-holds': row.holds ? 'yes' : 'no',
      'data-tone': row.holds && 'degraded', class: row.hold === reason && 'reason', title: HOLDS[row.hold] },
    icon(row.holds ? 'i-hold' : 'i-done'), h('b', null, row.holds ? 'yes' : 'no'), h('code', null, row.hold),
    h('span', null, row.sentence, row.ends_at && h('small', null, ' ends ', when(row.ends_at, 'in')))))));
}

function drawBudget(budget) {
  if (budget.max === undefined) return null;
  const left = number(budget.restarts_left), max = number(budget.max);
  return rows('Budget', ['Policy', budget.policy],
    ['Restarts left', [h('span', { class: 'pips', 'aria-hidden': 'true' },
      Array.from({ length: Math.min(max, 20) }, (_, i) => h('i', { 'data-left': i < left && 'yes' }))),
    `${left} of ${max}`]],
    ['Given back', number(budget.window_ms) > 0 && left < max
      && `after ${span(budget.window_ms)} in health`],
    ['Backoff ends', when(budget.backoff_ends_at, 'in')], ['Failed', when(budget.failed_since)],
    ['Next trial', when(budget.next_trial_at, 'in')],
    ['Restarted', number(budget.count) > 0 && [`${plural(number(budget.count), 'time')} in all`,
      budget.last_reason && `, last because of: ${budget.last_reason}, `, when(budget.last_at)]]);
}

function drawStop(stop) {
  if (!stop.intent) return null;
  return rows('Last stop', [capital(stop.intent), [STOPS[stop.intent] ?? stop.intent, ', ', when(stop.at)]],
    ['Exit code', stop.exit_code ?? null]);
}

function drawResults(results) {
  if (results.length === 0) return null;
  return h('section', null, h('h4', null, 'Latest checks'),
    h('ol', { class: 'results' }, results.toReversed().map((result) => h('li', {
      'data-tone': result.passed ? 'healthy' : 'unhealthy' },
    icon(result.passed ? 'i-done' : 'i-cross'), h('b', null, result.outcome), quiet(' '),
    h('span', null, result.http_status ?? ''), h('span', null, milliseconds(result.response_time_ms)),
    when(result.at)))));
}

function drawPast(decisions, container) {
  if (decisions.length === 0) return null;
  return h('section', { class: 'wide' }, h('h4', null, 'Decisions so far'),
    h('ol', { class: 'past' }, decisions.map((past) => h('li', { 'data-action': actionOf(past) },
      icon(`i-${actionOf(past)}`), h('span', { class: 'when' }, when(past.at)),
      h('b', null, ACTIONS[actionOf(past)]), h('code', null, past.reason),
      h('span', { class: 'what' }, past.sentence, past.container !== container && past.container
        && h('small', null, ` (${past.container})`))))));
}

/* instance is of the status document, why its explanation, or null while there is none. */
export function drawWhy(instance, why) {
  const told = object(why), decision = object(told.decision ?? instance.decision);
  const stop = object(told.last_stop ?? instance.last_stop), restarts = object(instance.restarts);
  return [
    drawDecision(decision),
    told.never_heal && h('section', { class: 'wide' }, h('h4', null, 'Never healed'),
      h('p', null, told.never_heal)),
    drawLadder(list(told.ladder), decision),
    h('div', { class: 'beside' }, drawBudget(object(told.budget)) ?? rows('Budget',
      ['In the window', restarts.in_window ?? null], ['At most', restarts.max ?? null],
      ['In all', restarts.count ?? null], ['Last', when(restarts.last_at)],
      ['Because of', restarts.last_reason]),
    drawStop(stop), drawResults(list(object(told.check).last_results))),
    drawPast(list(told.decisions), instance.container),
  ];
}

/* Each field, its value and who said so. */
export function drawFields(instance, why) {
  const fields = list(object(why).fields);
  if (fields.length === 0) {
    return rows('Where the values come from', ...Object.entries(object(instance.sources))
      .map(([field, from]) => [field, h('code', null, String(from))]));
  }
  const mark = (field) => (field.source === 'default' ? 'by-default' : null);
  const by = object(why).registered_by;
  return h('section', { class: 'wide' }, h('h4', null, 'Where the values come from ',
    by && h('small', null, 'registered by ', h('code', null, by))),
  h('ul', { class: 'fields' }, fields.map((field) => h('li', { class: mark(field) },
      h('span', null, field.field), h('b', null, field.value ?? '–'), h('code', null, field.source)))));
}
