/* SPDX-License-Identifier: MIT */
/* What the views say of a service, made once from the service object of the document. */
import { known, list, number, object, rank } from './words.js';

/* What is worth saying about a service: equal sentences of replicas are said once, the worst first. */
function decisionsOf(instances) {
  const said = new Map();
  for (const instance of instances) {
    const decision = object(instance.decision);
    if (!decision.sentence || decision.reason === 'healthy') continue;
    const key = `${decision.action}/${decision.reason}/${decision.sentence}`;
    const entry = said.get(key) ?? { ...decision, status: known(instance.status), containers: [] };
    entry.containers.push(instance.container ?? instance.id ?? '');
    said.set(key, entry);
  }
  return [...said.values()].sort((a, b) => rank(a.status) - rank(b.status));
}

function findingsOf(service, instances) {
  const found = new Map();
  const take = (item, container) => {
    const finding = typeof item === 'string' ? { code: 'finding', sentence: item } : object(item);
    const text = String(finding.sentence ?? finding.message ?? finding.text ?? '');
    const code = String(finding.code ?? 'finding'), key = `${code}/${text}`;
    const entry = found.get(key) ?? { code, text, containers: [] };
    if (container) entry.containers.push(container);
    found.set(key, entry);
  };
  list(service.findings).forEach((item) => take(item));
  for (const instance of instances) list(instance.findings).forEach((item) => take(item, instance.container));
  return [...found.values()];
}

const needOf = (need) => {
  const target = typeof need === 'string' ? { name: need } : object(need);
  return { name: String(target.name ?? '?'), type: target.type ?? 'required', status: known(target.status),
    source: target.source ?? 'a label', circular: target.circular === true };
};

/* What the last check of the worst instance said. */
function messageOf(instances) {
  const worst = instances.toSorted((a, b) => rank(a.status) - rank(b.status))[0];
  const health = object(worst?.health);
  if (!['failed', 'unhealthy', 'degraded'].includes(worst?.status)) return '';
  return String(health.message || health.error_class || '');
}

const searched = (instance) => [
  instance.container, instance.id, instance.address, object(instance.decision).reason,
  ...list(instance.networks).flatMap((network) => list(network.aliases)),
];

/* The text that the search looks through; made when somebody searches. */
function hayOf(facts) {
  const { data } = facts;
  return [facts.name, data.project, data.url, data.environment, data.version, data.status, ...facts.tags,
    ...facts.instances.flatMap(searched), ...facts.findings.map((finding) => finding.code)]
    .filter(Boolean).join('\n').toLowerCase();
}

export function factsOf(value, name) {
  const data = object(value), instances = list(data.instances).map(object), status = known(data.status);
  const since = instances.filter((instance) => instance.status === data.status && instance.since)
    .map((instance) => instance.since).sort()[0] ?? null;
  const sum = (of) => instances.reduce((all, instance) => all + number(of(instance)), 0);
  let hay = null;
  return {
    name, data, status, since, instances,
    word: String(data.status ?? 'unknown'),
    project: String(data.project ?? ''),
    tags: list(data.tags).map(String),
    serving: instances.filter((instance) => instance.serving).length,
    restarts: sum((instance) => object(instance.restarts).count),
    restartsInWindow: sum((instance) => object(instance.restarts).in_window),
    restartsMax: Math.max(0, ...instances.map((instance) => number(object(instance.restarts).max))),
    breaker: { state: 'closed', ...object(data.circuit_breaker) },
    needs: list(data.dependencies).map(needOf),
    decisions: decisionsOf(instances),
    findings: findingsOf(data, instances),
    message: messageOf(instances),
    maintenance: data.maintenance_until ?? null,
    get hay() { return hay ??= hayOf(this); },
  };
}
