/* SPDX-License-Identifier: MIT */
/* What a person may ask of the daemon: restart, maintenance, the breaker. Each is confirmed in a dialog that says what will
 * happen; a refusal is shown in the daemon's own words. */
import { changesOff } from './access.js';
import { $, h, icon, setText } from './dom.js';
import { hasChangeToken, post, setChangeToken } from './get.js';
import { object, sentenceOf } from './words.js';

const route = (facts, verb) => `/api/v1/services/${encodeURIComponent(facts.name)}/${verb}`;

const DURATIONS = [['15m', '15 minutes'], ['1h', '1 hour'], ['4h', '4 hours'], ['12h', '12 hours'], ['24h', '1 day'],
  ['168h', '7 days']];

/* open: what the dialog says and asks; path(facts, choice): the question to the daemon. */
const ACTIONS = {
  restart: {
    label: 'Restart', icon: 'i-act', title: (facts) => `Restart ${facts.name}?`,
    text: (facts) => (facts.instances.length === 1 ? 'Its only instance is restarted; until it is back the service does not serve.'
      : `All ${facts.instances.length} instances are restarted.`),
    path: (facts, { force }) => route(facts, `reload${force ? '?force=true' : ''}`),
    done: (facts) => `The restart of ${facts.name} is under way.`, again: 'Restart anyway',
  },
  maintenance: {
    label: 'Maintenance', icon: 'i-wrench', title: (facts) => `Maintenance of ${facts.name}`,
    text: () => 'quaywatch goes on checking and reporting it, but restarts nothing until the time is over.',
    choices: DURATIONS, confirm: 'Begin maintenance',
    path: (facts, { choice }) => route(facts, `maintenance?duration=${choice}`),
    done: (facts) => `${facts.name} is in maintenance.`,
  },
  maintenance_end: {
    label: 'End maintenance', icon: 'i-wrench', title: (facts) => `End the maintenance of ${facts.name}?`,
    text: () => 'From now on quaywatch heals it again, as its labels allow.', confirm: 'End maintenance',
    path: (facts) => route(facts, 'maintenance?duration=off'), done: (facts) => `The maintenance of ${facts.name} has ended.`,
  },
  trip: {
    label: 'Open breaker', icon: 'i-open', title: (facts) => `Open the breaker of ${facts.name}?`,
    text: (facts) => `${facts.instances.length === 1 ? 'Its instance is' : `Its ${facts.instances.length} instances are`} not `
      + 'handed out to callers any more, until checks pass after the recovery time, or somebody closes it.',
    path: (facts) => route(facts, 'breaker/trip'), done: (facts) => `The breaker of ${facts.name} is open.`,
  },
  reset: {
    label: 'Close breaker', icon: 'i-closed', title: (facts) => `Close the breaker of ${facts.name}?`,
    text: () => 'Its instances are handed out to callers again at once, whatever the checks have said so far.',
    path: (facts) => route(facts, 'breaker/reset'), done: (facts) => `The breaker of ${facts.name} is closed.`,
  },
};

const offered = (facts) => ['restart', facts.maintenance ? 'maintenance_end' : 'maintenance',
  facts.breaker.state === 'closed' ? 'trip' : 'reset'];

/* ---- The dialog: one for the page, filled for each question ---- */

let asking = null; // { action, facts, force }

function showDialog(action, facts) {
  asking = { action, facts, force: false };
  setText($('ask-title'), action.title(facts));
  setText($('ask-text'), action.text(facts));
  $('ask-choices').hidden = !action.choices;
  $('ask-choice').replaceChildren(...(action.choices ?? []).map(([value, label]) => h('option', { value }, label)));
  if (action.choices) $('ask-choice').value = '1h';
  setText($('ask-yes'), action.confirm ?? action.label);
  $('ask-refusal').hidden = true;
  $('ask-token').hidden = hasChangeToken();
  $('ask-token-field').required = !hasChangeToken();
  $('ask-token-field').value = '';
  setBusy(false);
  $('ask').showModal();
  if (!hasChangeToken()) $('ask-token-field').focus();
  else if (!action.choices) $('ask-no').focus(); // Enter alone changes nothing
}

function setBusy(busy) {
  $('ask-yes').disabled = busy;
  $('ask').toggleAttribute('aria-busy', busy);
}

function refuse(sentence) {
  setText($('ask-refusal-text'), sentence);
  $('ask-refusal').hidden = false;
}

async function takeRefusal(answer) {
  const problem = object(await answer.json().catch(() => null));
  refuse(sentenceOf(String(problem.detail || problem.title || `quaywatch refused (status ${answer.status})`)));
  if (answer.status === 401) {
    setChangeToken('');
    $('ask-token').hidden = false;
    $('ask-token-field').required = true;
    $('ask-token-field').select();
    return;
  }
  $('ask-token').hidden = true; // what is refused now is not the token
  if (answer.status === 409 && asking.action.again) {
    asking.force = true;
    setText($('ask-yes'), asking.action.again);
  }
}

async function send() {
  const { action, facts } = asking;
  if (!$('ask-token').hidden) setChangeToken($('ask-token-field').value);
  $('ask-refusal').hidden = true;
  setBusy(true);
  try {
    const answer = await post(action.path(facts, { force: asking.force, choice: $('ask-choice').value }));
    if (!answer.ok) return await takeRefusal(answer);
    $('ask').close();
    toast(action.done(facts));
  } catch {
    refuse('quaywatch does not answer; whether it has taken the wish over is not known.');
  } finally {
    setBusy(false);
  }
  return undefined;
}

let toastTimer = 0;

function toast(sentence) {
  setText($('toast'), sentence);
  $('toast').classList.add('shown');
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    $('toast').classList.remove('shown');
    setText($('toast'), '');
  }, 6000);
}

export function listenActions() {
  $('ask-form').addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  $('ask-no').addEventListener('click', () => $('ask').close());
}

/* The buttons for a service: {node, draw(facts)}. */
export function actionsOf() {
  const buttons = Object.entries(ACTIONS).map(([key, action]) => {
    const button = h('button', { class: 'action', type: 'button', 'data-action': key }, icon(action.icon),
      action.label);
    button.addEventListener('click', () => button.ariaDisabled !== 'true' && showDialog(action, shown.facts));
    return [key, button];
  });
  const why = h('p', { class: 'soft why-not', id: 'why-not', hidden: true }), shown = { facts: null };
  const node = h('div', { class: 'actions' }, h('div', { role: 'group', 'aria-label': 'Actions' },
    buttons.map(([, button]) => button)), why);
  changesOff().then((sentence) => {
    setText(why, sentence);
    why.hidden = sentence === '';
    for (const [, button] of buttons) {
      button.ariaDisabled = String(sentence !== '');
      if (sentence) button.setAttribute('aria-describedby', 'why-not');
    }
  });
  return { node,
    draw(facts) {
      shown.facts = facts;
      for (const [key, button] of buttons) button.hidden = !offered(facts).includes(key);
    } };
}
