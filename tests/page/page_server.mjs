/* SPDX-License-Identifier: MIT */
/* Serves the page's files as the daemon does, with answers that a test sets and changes.
 * By hand: node page_server.mjs FIXTURE [PORT] */
import { readFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const PAGE = new URL('../../exporter/page/', import.meta.url);
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};
const FILES = Object.fromEntries(readdirSync(PAGE)
  .map((name) => [name === 'index.html' ? '/' : `/${name}`, [name, TYPES[name.split('.').at(-1)]]]));

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

/* A server on a free port (or port). server.doc and server.health are what it answers; setting doc changes the
 * ETag; server.refuse is a status that every API route answers with; server.seen counts requests by path and
 * status. */
export async function startServer(doc, port = 0) {
  const answers = { doc, health: fixture('health'), revision: 1, step: 0, refuse: 0, seen: {}, headers: {} };
  const http = createServer(async (request, response) => {
    const path = request.url.split('?')[0];
    const send = (code, type, body, headers = {}) => {
      answers.seen[`${path} ${code}`] = (answers.seen[`${path} ${code}`] ?? 0) + 1;
      answers.headers[path] = request.headers;
      response.writeHead(code, {
        'Content-Type': type, 'Content-Security-Policy': POLICY,
          'X-Content-Type-Options': 'nosniff', ...headers,
      });
      response.end(body);
    };
    const json = (code, value, headers) => send(code, 'application/json', JSON.stringify(value), headers);
    if (FILES[path]) return send(200, FILES[path][1], await readFile(new URL(FILES[path][0], PAGE)));
    if (answers.refuse && !request.headers.authorization) {
      return json(answers.refuse, { title: 'Refused', detail: 'Reading needs a token',
        status: answers.refuse });
    }
    if (path === '/api/v1/status') {
      const etag = `"test-${answers.revision}"`;
      return request.headers['if-none-match'] === etag ? send(304, 'application/json', '', { ETag: etag })
        : json(200, answers.doc, { ETag: etag });
    }
    if (path === '/api/v1/samples') return json(200, samplesOf(answers.doc, answers.step++),
      { 'Cache-Control': 'no-store' });
    const why = /^\/api\/v1\/services\/([^/]+)\/explain$/.exec(path);
    if (why) return json(200, explanationOf(answers.doc, decodeURIComponent(why[1])));
    if (path === '/health') return json(answers.health.status === 'unhealthy' ? 503 : 200, answers.health);
    return send(404, 'text/plain', 'no such page\n');
  });
  await new Promise((resolve) => http.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${http.address().port}/`,
    seen: answers.seen,
    headers: answers.headers,
    set doc(value) { answers.doc = value; answers.revision++; },
    get doc() { return answers.doc; },
    set health(value) { answers.health = value; },
    set refuse(value) { answers.refuse = value; },
    stop() {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(resolve));
    },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const name = process.argv[2] ?? 'fleet';
  const server = await startServer(name === 'many' ? manyServices(1000) : fixture(name),
    Number(process.argv[3] ?? 0));
  console.log(`${server.url} answers with ${name}`);
}
