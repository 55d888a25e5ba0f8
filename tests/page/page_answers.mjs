/* SPDX-License-Identifier: MIT */
/* What the test server answers: recorded documents, and what is made from them. */
import { readFileSync } from 'node:fs';

/* A recorded answer. Times are moved so that changed_at was a moment ago, and "@+14" is in 14 s. */
export function fixture(name) {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
  const recorded = Date.parse(JSON.parse(text).changed_at ?? '');
  const shift = Number.isNaN(recorded) ? 0 : Date.now() - 12000 - recorded;
  return JSON.parse(text, (key, value) => {
    if (typeof value !== 'string') return value;
    const later = /^@\+(\d+)$/.exec(value);
    if (later) return new Date(Date.now() + later[1] * 1000).toISOString();
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return new Date(Date.parse(value) + shift).toISOString();
    return value;
  });
}

/* Many services: mostly healthy, every 20th unhealthy. */
export function manyServices(count) {
  const doc = fixture('calm');
  const [model] = doc.services;
  doc.services = Array.from({ length: count }, (_, i) => {
    const name = `service-${String(i).padStart(4, '0')}`;
    const status = i % 20 === 7 ? 'unhealthy' : 'healthy';
    const instances = [{ ...model.instances[0], id: `id${i}`, container: `${name}-1`, status }];
    return { ...model, name, key: `compose:many:${name}`, project: `project-${i % 10}`, status, instances,
      dependencies: [] };
  });
  doc.summary = { status: 'degraded', services: count, instances: count };
  return doc;
}

/* Samples that move: every call is a new check of every instance, failing ones included. */
export function samplesOf(doc, step) {
  const instance = (i, at) => {
    const base = 4 + ((at * 37) % 60);
    const wave = Math.abs(Math.sin((step + at) * 1.7)) * base * 0.5 + (step % 11 === at % 11 ? base * 1.4
      : 0);
    const bad = ['failed', 'unhealthy'].includes(i.status);
    return {
      id: i.id, last_check_at: new Date().toISOString(), response_time_ms: base + wave,
      response_time_p50_ms: base * 1.2, response_time_p95_ms: base * 1.9, response_time_p99_ms: base * 2.6,
      checks_passed: 400 + (bad && step > 6 ? 6 : step), checks_failed: bad && step > 6 ? step - 6 : 0,
      cpu_ratio: base / 900, memory_bytes: (40 + base * 6) * 1048576,
      memory_limit_bytes: at % 3 === 0 ? 512 * 1048576 : null,
    };
  };
  return {
    schema: 1,
    services: (doc?.services ?? []).filter(Boolean).map((s, at) => ({
      name: s.name, instances: (s.instances ?? []).filter((i) => i?.id)
        .map((i, nth) => instance(i, at * 3 + nth)),
    })),
  };
}

/* Why, made from the document: what the first ten holds say, past decisions, results. Its texts are the
 * document's own, so hostile where that is. */
export function explanationOf(doc, name) {
  const service = (doc?.services ?? []).find((s) => (s?.name ?? s?.key ?? 'unnamed') === name) ?? {};
  const holds = ['engine-down', 'policy', 'manual-stop', 'paused', 'check-wrong', 'start-period',
    'dependency', 'settling', 'backoff', 'budget'];
  const at = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();
  const explain = (i) => {
    const decision = i.decision ?? {}, holding = decision.action === 'hold';
    const bad = ['failed', 'unhealthy'].includes(i.status);
    return {
      id: i.id, container: i.container, status: i.status, registered_by: Object.values(i.sources ?? {})[0]
        ?? null, never_heal: null, decision, last_stop: i.last_stop ?? null, findings: i.findings ?? [],
      fields: Object.entries(i.sources ?? {}).map(([field, source]) =>
        ({ field, value: ['string', 'number'].includes(typeof i[field]) ? String(i[field]) : '/x', source }))
        .concat({ field: 'health.interval', value: '10s', source: 'default' }),
      check: { last_results: [[35, true], [25, !bad], [15, !bad], [5, !bad]].map(([ago, passed]) =>
        ({ at: at(ago), outcome: passed ? 'pass' : 'status', passed, http_status: passed ? 200 : 503,
          response_time_ms: 4.2 + ago })) },
      ladder: holds.map((hold) => ({ hold, holds: holding && hold === decision.reason,
        sentence: holding && hold === decision.reason ? decision.sentence : `Not because of ${hold}.`,
        ends_at: holding && hold === decision.reason ? decision.next_at ?? null : null })),
      budget: { policy: 'on-unhealthy', max: i.restarts?.max ?? 5, window_ms: 600000,
        restarts_left: Math.max(0, (i.restarts?.max ?? 5) - (i.restarts?.in_window ?? 0)),
        count: i.restarts?.count ?? 0, last_reason: i.restarts?.last_reason ?? null,
        last_at: i.restarts?.last_at ?? null, backoff_ends_at: null, failed_since: null,
        next_trial_at: null },
      decisions: decision.action && decision.action !== 'none' ? [
        { at: at(12), ...decision, container: i.container },
        { at: at(95), action: 'none', reason: 'healthy', sentence: 'Healthy; nothing to do.',
          container: i.container },
        { at: at(140), action: 'act', reason: 'unhealthy', container: 'an-older-container',
          sentence: `Unhealthy (${i.health?.message ?? '503'}): restarting, 1 of 5.` }] : [],
    };
  };
  return { registered: true, service: name, instances: (service.instances ?? []).filter(Boolean).map(explain) };
}

/* The figures of /services/stats, made from the document. */
export function statsOf(doc, step) {
  const services = {};
  (doc?.services ?? []).filter((s) => s?.name).forEach((s, at) => {
    const base = 4 + ((at * 37) % 60), breaker = s.circuit_breaker ?? {};
    const instances = (s.instances ?? []).filter(Boolean), [first] = instances;
    services[s.name] = {
      circuitBreaker: { state: breaker.state ?? 'closed', failureCount: breaker.failure_count ?? 0,
        lastFailure: breaker.last_failure ?? null, lastStateChange: breaker.last_state_change ?? null },
      loadBalancer: { strategy: 'health_based', resolves: Object.fromEntries(instances.map((i, nth) =>
        [i.container, at % 4 === 3 ? 0 : 40 * at + 13 * nth + step])), serving: instances.filter((i) =>
        i.serving).length },
      responseTime: { samples: at % 5 === 4 ? 0 : 64, mean: base, p50: base, p95: base * 1.9, p99: base * 2.6 },
      restarts: { count: first?.restarts?.count ?? 0, lastAt: first?.restarts?.last_at ?? null },
      checks: { passed: 400 + step, failed: s.status === 'healthy' ? 0 : 12 },
    };
  });
  return { services, timestamp: new Date().toISOString() };
}

/* A day of uptime for every service: sick ones had bad hours. */
export function historyOf(doc) {
  const bar = (s, i) => {
    const bad = s.status !== 'healthy' && i > 44, at = new Date(Date.now() - (48 - i) * 1800000).toISOString();
    return { at, status: bad ? s.status : 'healthy', uptime_percent: bad ? 40 : 100 };
  };
  return { window: '24h', services: (doc?.services ?? []).filter((s) => s?.name).map((s) => ({ name: s.name,
    uptime_percent: s.status === 'healthy' ? 100 : 96.234, p95_ms: 12.5, error_rate_percent: 0, flaps: 0, restarts: 0,
    bars: Array.from({ length: 48 }, (_, i) => bar(s, i)) })) };
}

/* A day, a week and a month of one service: calm, but for one failure in each. */
export function serviceHistoryOf(doc, name) {
  const service = (doc?.services ?? []).find((s) => s?.name === name) ?? {};
  const at = (hours) => new Date(Date.now() - hours * 3600000).toISOString();
  const bars = (count, hours) => Array.from({ length: count }, (_, i) => {
    const bad = i === Math.floor(count * 0.7), unknown = i < count / 10;
    return { at: at((count - i) * hours), status: unknown ? null : bad ? 'unhealthy' : 'healthy', failures: bad ? 1 : 0,
      uptime_percent: unknown ? null : bad ? 62.5 : 100, p95_ms: unknown ? null : 12 + 6 * Math.sin(i / 3) + (bad ? 30 : 0) };
  });
  const figures = (uptime, failures) => ({ uptime_percent: uptime, known_s: 86400, down_s: failures * 90, failures,
    mttr_s: 90, p50_ms: 8, p95_ms: 21.5, checks: 8640, error_rate_percent: 0.25, flaps: 1, restarts: failures,
    met: { uptime: uptime >= 99.9, p95: true, error_rate: false, mttr: true } });
  return { service: name, key: service.key ?? name, since: at(700),
    slo: { uptime_percent: 99.9, p95_ms: 2000, error_rate_percent: 0.1, mttr_s: 300 },
    windows: { '24h': figures(98.7, 1), '7d': figures(99.95, 1), '30d': figures(99.97, 3) },
    bars: { '24h': bars(48, 0.5), '7d': bars(56, 3), '30d': bars(60, 12) },
    transitions: [{ at: at(7), container: `${name}-1`, from: 'unhealthy', to: 'healthy', reason: '200 OK' },
      { at: at(7.1), container: `${name}-1`, from: 'healthy', to: 'unhealthy', reason: 'Status 503, wanted 200-299' }],
    restarts: [{ at: at(7.05), container: `${name}-1`, reason: 'unhealthy', result: 'done' }], decisions: [] };
}

/* Who depends on whom, level by level. */
export function graphOf(doc) {
  const services = (doc?.services ?? []).filter((s) => s?.name), names = new Set(services.map((s) => s.name));
  const needs = (s) => (Array.isArray(s.dependencies) ? s.dependencies : []).map((d) => String(d?.name ?? d))
    .filter((name) => names.has(name) && name !== s.name);
  const order = [];
  for (let left = services; left.length > 0;) {
    const there = new Set(order.flat()), next = left.filter((s) => needs(s).every((name) => there.has(name)));
    if (next.length === 0) break;
    order.push(next.map((s) => s.name));
    left = left.filter((s) => !next.includes(s));
  }
  return { nodes: [], edges: [], order, cycles: [], roots: [] };
}

/* The fleet with one root: postgres has failed, billing and rag-api require it, and the gateway requires rag-api. */
export function rootFleet() {
  const doc = fixture('fleet');
  const of = (name) => doc.services.find((s) => s.name === name);
  const { health } = of('billing').instances[0];
  const fall = (name, status, decision) => {
    of(name).status = status;
    for (const instance of of(name).instances) {
      Object.assign(instance, { status, serving: false, since: doc.changed_at, health: { ...health },
        decision: { next_at: null, ...decision } });
    }
  };
  fall('postgres', 'failed', { action: 'hold', reason: 'budget', sentence: '5 restarts in 10 minutes did not cure it.' });
  const waits = { action: 'hold', reason: 'dependency', sentence: 'postgres comes first: it has failed.' };
  for (const name of ['billing', 'rag-api', 'gateway']) fall(name, 'unhealthy', waits);
  for (const service of doc.services) {
    for (const need of service.dependencies ?? []) need.status = of(need.name)?.status ?? 'unknown';
  }
  return doc;
}
