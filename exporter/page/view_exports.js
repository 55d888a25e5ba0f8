/* SPDX-License-Identifier: MIT */
/* Where the registry goes: what is kept in step and whether it is, and a look at it in any format. */
import { copyButton } from './copy.js';
import { area, h, icon, setText, statusIcon, stepFocus } from './dom.js';
import { get, getObject } from './get.js';
import { fleet } from './fleet.js';
import { link } from './router.js';
import { when } from './time.js';
import { byName, bytes, capital, list, number, object, plural, sentenceOf } from './words.js';

const ASK_MS = 4000;
const SHOWN = 60000; // characters of a format
const TONES = { fine: 'healthy', failing: 'unhealthy', waiting: 'starting' };
const SAID = { fine: 'In step', failing: 'Failing', waiting: 'Waiting' };
const WAITS = 'Nothing was written yet: it waits for an answer, or for the first checks. What stands there stays as it was.';
const stateOf = (one) => (Object.hasOwn(TONES, one.state) ? one.state : 'waiting');
const worstFirst = (a, b) => (stateOf(b) === 'failing') - (stateOf(a) === 'failing') || byName(String(a.kind), String(b.kind))
  || byName(String(a.target), String(b.target));

function drawExit(one) {
  const state = stateOf(one);
  const sentence = String(one.sentence ?? '') || (state === 'waiting' ? WAITS : '');
  return h('li', { class: 'exit', 'data-tone': TONES[state] }, statusIcon(TONES[state]), h('div', null,
    h('p', { class: 'what' }, h('strong', null, String(one.kind ?? '')), ' ', h('code', null, String(one.target ?? '')), ' ',
      h('span', { class: 'since' }, SAID[state], ' ', when(one.since, 'for'))),
    sentence && h('p', null, sentenceOf(sentence)),
    h('p', { class: 'facts' },
      h('span', null, `${plural(number(one.endpoints), 'endpoint')} of ${plural(number(one.services), 'service')}`),
      one.written_at && h('span', null, 'Written ', when(one.written_at)),
      h('span', null, plural(number(one.writes), 'write'), number(one.bytes) > 0 && `, ${bytes(number(one.bytes))}`),
      number(one.spared) > 0 && h('span', { title: 'Changes that made no difference here, and so were not written' }, `${one.spared} spared`),
      number(one.failures) > 0 && h('span', null, `${one.failures} failed`))));
}

class ExportsScreen {
  title = 'Exports';

  constructor(query) {
    this.askedAt = -Infinity;
    this.format = query.get('format') ?? '';
    this.shown = ''; // of which format and revision the text is
    this.sum = h('p', { class: 'soft', role: 'status' });
    this.list = h('div');
    this.formats = h('div', { class: 'formats', role: 'group', 'aria-label': 'Formats' });
    this.text = h('div');
    this.skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'));
    this.node = h('div', { class: 'stale exports' }, h('div', { class: 'view-head' }, h('div', null,
      h('h1', { tabindex: '-1' }, 'Exports'), this.sum)), this.skeleton, this.list,
    h('section', { class: 'panel', 'aria-label': 'Look at a format' }, h('h2', null, 'In other tools’ words'),
      h('div', null, h('p', { class: 'soft' }, 'The registry as each tool reads it. Scripts get the same from ',
        h('code', null, '/export/json'), ' and so on.'), this.formats, this.text)));
  }

  take(query) {
    this.format = query.get('format') ?? '';
    this.askedAt = -Infinity;
    this.ask();
  }

  async ask() {
    const now = performance.now();
    if (now < this.askedAt + ASK_MS) return;
    this.askedAt = now;
    const answer = await getObject('/api/v1/exports');
    if (!answer) return;
    this.exits = list(answer.exports).map(object).sort(worstFirst);
    this.known = list(answer.formats).map(object);
    this.show();
    await this.look();
  }

  /* The text of the chosen format, when there is a newer one. */
  async look() {
    const format = this.known.find((one) => one.name === this.format);
    const wanted = format ? `${format.name} ${fleet.doc?.revision} ${fleet.doc?.changed_at}` : '';
    if (wanted === this.shown) return;
    const answer = format ? await get(`/export/${encodeURIComponent(format.name)}`, { Accept: '*/*' }).catch(() => null) : null;
    const text = answer?.ok ? await answer.text().catch(() => null) : null;
    if (format && text === null) return;
    this.shown = wanted;
    area(this.text, [format, text], () => format && [
      h('p', { class: 'soft' }, capital(sentenceOf(String(format.meaning ?? '')))),
      h('div', { class: 'sample' }, h('pre', { tabindex: '0', 'aria-label': `The registry as ${format.name}` },
        text.slice(0, SHOWN), text.length > SHOWN && `\n… (${bytes(text.length)} in all)`), copyButton(text, format.name))]);
  }

  show() {
    const failing = this.exits.filter((one) => stateOf(one) === 'failing').length;
    this.skeleton.hidden = true;
    setText(this.sum, this.exits.length === 0 ? 'Nothing is kept in step by itself.'
      : `${plural(this.exits.length, 'place')} kept in step${failing > 0 ? `, ${failing} failing` : ''}.`);
    area(this.list, this.exits, () => (this.exits.length > 0 ? h('ol', { class: 'panel exits' }, this.exits.map(drawExit))
      : h('div', { class: 'empty' }, icon('i-exports', 'big'), h('h2', { class: 'title' }, 'No files, DNS, registries or proxies.'),
        h('p', null, 'EXPORTS, DNS_LISTEN, ETCD, CONSUL, HAPROXY and CADDY keep others in step with what serves.'))));
    area(this.formats, [this.known, this.format], () => this.known.map((one) => h('a', {
      class: 'chip', href: link(['exports'], { format: one.name === this.format ? '' : one.name }),
      'aria-current': one.name === this.format ? 'true' : null, title: one.meaning }, String(one.name))));
  }

  move(step) {
    stepFocus(this.formats.querySelectorAll('a'), step);
  }
}

export const exportsView = {
  path: '/exports', label: 'Exports', icon: 'i-exports', open: (_name, query) => new ExportsScreen(query),
};
