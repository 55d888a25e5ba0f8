/* SPDX-License-Identifier: MIT */
/* The top and the bottom of the page: the overall state, the platform, and the daemon's own health. */
import { $, area, h, icon, setText } from './dom.js';
import { decisionsOf } from './service.js';
import { when } from './time.js';
import { HOLDS, WORST_FIRST, capital, known, list, number, object, sentenceOf, span,
  words } from './words.js';

const MODES = {
  act: ['Acts', 'Heals what fails, as the labels allow.', 'healthy'],
  'dry-run': ['Dry run', 'Decides and reports, but restarts nothing.', 'degraded'],
  observe: ['Observes only', 'Restarts nothing.', 'degraded'],
};

const serves = (service) => list(service.instances).some((instance) => instance.serving);

function names(services) {
  const shown = services.slice(0, services.length > 4 ? 3 : 4)
    .map((service) => service.name ?? service.key ?? 'unnamed');
  const more = services.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : String(shown[0]);
}

function doing(service) {
  const decision = decisionsOf(service)[0];
  if (decision?.action === 'act') return '; restarting it';
  if (decision?.action !== 'hold') return '';
  return `; holding back: ${HOLDS[decision.reason] ?? words(decision.reason ?? 'see below')}`;
}

function verdict(doc) {
  const services = list(doc.services), engine = object(doc.engine);
  if (engine.connected === false && !engine.error && !engine.version) {
    return { tone: 'starting', icon: 's-starting', word: 'Connecting',
      sentence: 'Looking for the Docker Engine.' };
  }
  if (engine.connected === false) {
    const kept = services.length > 0 ? 'The services are kept as last seen; nothing is restarted now.' : '';
    const why = sentenceOf(capital(engine.error || 'the Docker Engine does not answer'));
    return { tone: 'unhealthy', icon: 's-lost', word: 'Engine lost', sentence: `${why} ${kept}`.trim() };
  }
  if (services.length === 0) {
    const sentence = 'Watching the engine; no services are registered yet.';
    return { tone: 'accent', icon: 's-empty', word: 'Ready', sentence };
  }
  const grouped = WORST_FIRST.map((status) =>
    [status, services.filter((service) => known(service.status) === status)])
    .filter(([, members]) => members.length > 0);
  const status = known(object(doc.summary).status ?? grouped[0][0]);
  const serving = services.filter(serves).length;
  const share = serving === services.length ? `All ${serving} services serve.`
    : `${serving || 'None'} of ${services.length} services ${serving > 1 ? 'serve' : 'serves'}.`;
  const only = serving === 1 ? 'The only service serves.' : 'The only service does not serve.';
  const grave = grouped.filter(([word]) => ['failed', 'unhealthy'].includes(word));
  const told = grave.length > 0 ? grave : grouped.slice(0, 1).filter(([word]) => word !== 'healthy');
  return { tone: status, icon: `s-${status}`, word: capital(status),
    sentence: `${told.map(trouble).join('')}${services.length === 1 ? only : share}` };
}

function trouble([status, members]) {
  const [is, are] = status === 'failed' ? ['has', 'have'] : ['is', 'are'];
  if (members.length === 1) return `${names(members)} ${is} ${status}${doing(members[0])}. `;
  return `${members.length} services ${are} ${status}: ${names(members)}. `;
}

function showHero(doc) {
  const { tone, icon: name, word, sentence } = verdict(doc);
  $('hero').dataset.tone = tone;
  area($('seal'), name, () => icon(name, name === 's-starting' ? 'turning' : ''));
  setText($('word'), word);
  setText($('sentence'), sentence);
  const instances = list(doc.services).flatMap((service) => list(service.instances));
  const figures = {
    services: list(doc.services).length, instances: instances.length,
    serving: instances.filter((instance) => instance.serving).length,
    restarts: instances.reduce((sum, instance) => sum + number(object(instance.restarts).in_window), 0),
  };
  area($('figures'), figures, () => figures.services > 0 && [
    figure('Services', figures.services),
    figure('Instances serving', figures.serving, ` of ${figures.instances}`),
    figure('Recent restarts', figures.restarts)]);
  const bad = list(doc.services).filter((service) => ['failed', 'unhealthy'].includes(service.status)).length;
  return bad > 0 ? `${bad} ${bad === 1 ? 'needs' : 'need'} attention` : word;
}

const figure = (title, value, rest) =>
  h('div', null, h('dt', null, title), h('dd', null, String(value), rest && h('small', null, rest)));

function showPlatform(doc) {
  const controller = object(doc.controller), engine = object(doc.engine);
  const [mode, meaning, tone] = MODES[controller.mode] ?? [controller.mode ?? 'unknown', '', 'unknown'];
  setText($('host'), controller.host ?? '');
  const fact = (title, ...value) => h('div', null, h('dt', null, title), h('dd', null, value));
  const up = engine.connected !== false;
  area($('platform'), [controller, engine, doc.revision, doc.changed_at], () => [
    fact('Engine', h('span', { 'data-tone': up ? 'healthy' : 'unhealthy' },
      icon(up ? 's-healthy' : 's-lost')),
      [up ? 'connected' : 'lost', engine.version].filter(Boolean).join(', '),
      engine.api_version ? ` (API ${engine.api_version})` : null),
    fact('Mode', h('span', { 'data-tone': tone }, tone !== 'healthy' && icon('s-degraded'), mode),
      tone === 'degraded' && h('span', null, `: ${meaning.charAt(0).toLowerCase()}${meaning.slice(1)}`)),
    fact('Host', controller.host ?? 'unknown'),
    fact('Version', controller.version ?? 'unknown'),
    fact('Revision', String(doc.revision ?? '?'), doc.changed_at && [', changed ', when(doc.changed_at)])]);
}

/* Shows the overall state of a document; gives what it comes down to, for the window's title. */
export function showSummary(doc) {
  const title = showHero(doc);
  showPlatform(doc);
  return title;
}

/* The daemon's own troubles. That the engine is lost is not said again where the document says it. */
export function showHealth(health, doc) {
  const engineDown = object(doc?.engine).connected === false;
  const bad = Object.entries(object(health.checks)).map(([name, text]) => [name, String(text)])
    .filter(([name, text]) => !/^healthy/.test(text) && !(name === 'engine' && engineDown));
  area($('notices'), bad, () => bad.map(([name, text]) => {
    const tone = /^warning/.test(text) ? 'degraded' : 'unhealthy';
    const said = sentenceOf(text.replace(/^(warning|unhealthy): /, ''));
    return h('li', { class: 'notice', 'data-tone': tone }, icon(`s-${tone}`),
      h('span', null, h('strong', null, `quaywatch, ${words(name)}: `), said));
  }));
  const memory = object(health.memory);
  setText($('own'), [`quaywatch ${health.version ?? ''}`.trim(),
    Number.isFinite(health.uptime) && `up ${span(health.uptime * 1000)}`,
    Number.isFinite(memory.used) && `${Math.round(memory.used)} MiB in use`].filter(Boolean).join(' · '));
}
