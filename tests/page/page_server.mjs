/* SPDX-License-Identifier: MIT */
/* Serves the page's files as the daemon does, with answers that a test sets and changes, and a stream of those changes.
 * By hand, after make: node page_server.mjs FIXTURE|many|root [PORT] */
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { explanationOf, fixture, graphOf, historyOf, manyServices, rootFleet, samplesOf, serviceHistoryOf, statsOf } from './page_answers.mjs';

export * from './page_answers.mjs';

const PAGE = new URL(`file://${process.env.PAGE_DIR ?? new URL('../../build/exporter/page/', import.meta.url).pathname}`);
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml', txt: 'text/plain; charset=utf-8',
};
const FILES = Object.fromEntries(readdirSync(PAGE).filter((name) => !name.endsWith('.gz'))
  .map((name) => [name === 'index.html' ? '/' : `/${name}`, [name, TYPES[name.split('.').at(-1)]]]));
const SHUT = { title: 'Forbidden', status: 403, detail: 'Changes are refused because no AUTH_TOKEN is configured.' };
const NO_TOKEN = { title: 'Unauthorized', status: 401, detail: 'Changes need the AUTH_TOKEN.' };

/* What changed from one document to the next, as the stream tells it. */
function deltaOf(before, after) {
  const { services, ...rest } = after;
  const old = new Map((before.services ?? []).map((s) => [s.name, JSON.stringify(s)]));
  const names = new Set((services ?? []).map((s) => s.name));
  return { ...rest, full: false, services: (services ?? []).filter((s) => old.get(s.name) !== JSON.stringify(s)),
    removed: [...old.keys()].filter((name) => !names.has(name)) };
}

/* One server and what it answers. Tests set:
 *   doc       the document; setting it changes the ETag and tells the streams what differs
 *   health    the answer of /health
 *   refuse    a status that every API route answers with, without a token
 *   stream    'on', 'off' (501, so that the page asks), or 'silent' (a proxy that keeps it back)
 *   authToken what changes need; '' : nothing can be changed
 *   events    what happened before the page came
 *   alerts    what fires
 *   exports   what is kept in step; formats: the text of each format by its name
 *   onChange  (path with query) → [status, body] for what a person asks for
 * and read: seen (requests by path and status), headers (the last of each path), asked (changes). */
class PageServer {
  seen = {};
  headers = {};
  asked = [];
  streams = new Set();
  stream = 'on';
  authToken = 's3cret';
  health = fixture('health');
  history = true;
  refuse = 0;
  revision = 1;
  step = 0;
  eventId = 0;
  events = [];
  alerts = [];
  exports = [];
  formats = { json: '{"services": []}\n', hosts: '172.20.0.2\tweb\n' };
  onChange = () => [202, {}];

  constructor(doc) {
    this.current = doc;
    this.http = createServer((request, response) => this.answer(request, response));
  }

  get doc() { return this.current; }

  set doc(value) {
    const before = this.current;
    this.current = value;
    this.revision++;
    for (const stream of this.streams) this.tell(stream, 'status', { index: this.index, ...deltaOf(before ?? {}, value ?? {}) });
  }

  tell(response, event, data) {
    const id = event === 'event' ? `id: test-${data.id}\n` : '';
    response.write(`${id}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /* The document's index, by which a page says what it knows. */
  get index() { return `test-${this.revision}`; }

  /* Something happened: the streams hear of it. */
  event(event) {
    const told = { id: ++this.eventId, at: new Date().toISOString(), severity: 'info', kind: 'status', service: null,
      container: null, sentence: '', ...event };
    this.events.push(told);
    for (const stream of this.streams) this.tell(stream, 'event', told);
  }

  /* Ends all streams, as a restart or a proxy does. */
  cut() {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  openStream(request, response, url) {
    this.count(url, 200, request);
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.flushHeaders();
    if (this.stream === 'silent') return;
    response.write('retry: 2000\n\n');
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
    if (url.searchParams.get('include') !== 'status') return;
    const doc = this.current && typeof this.current === 'object' && !Array.isArray(this.current) ? this.current : {};
    if (url.searchParams.get('since') === this.index) {
      this.tell(response, 'status', { index: this.index, ...deltaOf(doc, doc) });
    } else {
      this.tell(response, 'status', { index: this.index, ...doc, full: true, removed: [] });
    }
  }

  count(url, code, request) {
    const key = `${url.pathname} ${code}`;
    this.seen[key] = (this.seen[key] ?? 0) + 1;
    this.headers[url.pathname] = { ...request.headers, query: url.search };
  }

  change(request, send, url) {
    if (!this.authToken) return send(403, SHUT);
    if (request.headers.authorization !== `Bearer ${this.authToken}`) return send(401, NO_TOKEN);
    this.asked.push(url.pathname + url.search);
    return send(...this.onChange(url.pathname + url.search));
  }

  answer(request, response) {
    const url = new URL(request.url, 'http://page'), path = url.pathname;
    const raw = (code, type, body, headers = {}) => {
      this.count(url, code, request);
      response.writeHead(code, { 'Content-Type': type, 'Content-Security-Policy': POLICY,
        'X-Content-Type-Options': 'nosniff', ...headers });
      response.end(body);
    };
    const send = (code, value, headers) => raw(code, 'application/json', JSON.stringify(value), headers);
    if (path === '/' && !request.headers.accept?.includes('text/html')) {
      return send(200, { name: 'quaywatch', access: { read: 'open', change: this.authToken ? 'token' : 'off' } });
    }
    if (FILES[path]) return raw(200, FILES[path][1], readFileSync(new URL(FILES[path][0], PAGE)));
    if (path === '/health') return send(this.health.status === 'unhealthy' ? 503 : 200, this.health);
    if (this.refuse && !request.headers.authorization) {
      return send(this.refuse, { title: 'Refused', detail: 'Reading needs a token', status: this.refuse });
    }
    if (request.method === 'POST') return this.change(request, send, url);
    if (path === '/api/v1/events' && request.headers.accept === 'text/event-stream' && this.stream !== 'off') {
      return this.openStream(request, response, url);
    }
    if (path === '/api/v1/events') {
      return request.headers.accept === 'text/event-stream' ? send(501, { detail: 'not built' })
        : send(200, { start_id: 'test', events: this.events, last_id: this.eventId });
    }
    if (path === '/api/v1/status') {
      const etag = `"test-${this.revision}"`;
      return request.headers['if-none-match'] === etag ? raw(304, 'application/json', '', { ETag: etag })
        : send(200, this.current, { ETag: etag });
    }
    if (path.startsWith('/export/')) return raw(200, 'text/plain', this.formats[path.slice(8)]);
    return this.answerOther(path, send);
  }

  answerOther(path, send) {
    const past = /^\/api\/v1\/services\/([^/]+)\/history$/.exec(path);
    const why = /^\/api\/v1\/services\/([^/]+)\/explain$/.exec(path);
    if (path === '/api/v1/samples') return send(200, samplesOf(this.current, this.step++));
    if (path === '/services/stats') return send(200, statsOf(this.current, this.step));
    if (path === '/api/v1/history' && this.history) return send(200, historyOf(this.current));
    if (path === '/api/v1/history') return send(503, { detail: 'History is kept in STATE_DIR, and none is set' });
    if (why) return send(200, explanationOf(this.current, decodeURIComponent(why[1])));
    if (past) return send(200, serviceHistoryOf(this.current, decodeURIComponent(past[1])));
    if (path === '/api/v1/alerts') return send(200, { alerts: this.alerts, count: this.alerts.length });
    if (path === '/api/v1/exports') {
      return send(200, { exports: this.exports, count: this.exports.length, failing: 0,
        formats: Object.keys(this.formats).map((name) => ({ name, meaning: `the registry for ${name}` })) });
    }
    if (path === '/api/v1/graph') return send(200, graphOf(this.current));
    return send(404, { detail: 'no such page' });
  }

  stop() {
    this.http.closeAllConnections();
    return new Promise((resolve) => this.http.close(resolve));
  }
}

/* A server on a free port (or port). */
export async function startServer(doc, port = 0) {
  const server = new PageServer(doc);
  await new Promise((resolve) => server.http.listen(port, '127.0.0.1', resolve));
  server.url = `http://127.0.0.1:${server.http.address().port}/`;
  return server;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const name = process.argv[2] ?? 'fleet';
  const scenes = { many: () => manyServices(1000), root: rootFleet };
  const server = await startServer((scenes[name] ?? (() => fixture(name)))(),
    Number(process.argv[3] ?? 0));
  console.log(`${server.url} answers with ${name}`);
}
