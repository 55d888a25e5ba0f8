/* SPDX-License-Identifier: MIT */
/* The graph of dependencies, drawn: who needs whom, what is down, and which service is the root of it. It is laid out anew
 * when services or dependencies change; a change of status only changes colours. */
import { area, h, icon, option, setText, statusIcon, stepFocus, svg } from './dom.js';
import { fleet } from './fleet.js';
import { getObject } from './get.js';
import { causesOf, choose, graphOf, pathThrough, place } from './graph.js';
import { link, serviceLink } from './router.js';
import { byName, list, plural } from './words.js';

const NARROW = 720, ZOOM_STEP = 1.25, ZOOM_MIN = 0.2, ZOOM_MAX = 2.5, LABEL_ROOM = 50, LETTER = 7.4;
const TYPES = [['required', 'required'], ['optional', 'optional'], ['soft', 'soft'], ['circular', 'circular or in a cycle']];
const ASK_MS = 15000;

const cut = (name, width) => {
  const room = Math.floor((width - LABEL_ROOM) / LETTER);
  return name.length > room ? `${name.slice(0, room - 1)}…` : name;
};

function edgeTypeOf(edge) {
  return edge.circular || edge.type === 'circular' ? 'circular' : edge.type;
}

function drawEdge(edge) {
  const type = edgeTypeOf(edge);
  return svg('path', { class: 'arrow', d: pathThrough(edge.points), 'data-type': type, 'data-from': edge.from,
    'data-to': edge.to, 'marker-end': 'url(#arrow-head)' });
}

class GraphScreen {
  title = 'Graph';

  constructor(query) {
    this.zoom = 0; // 0: as large as there is room
    this.key = null; // of what is laid out
    this.askedAt = -Infinity;
    this.take(query);
    this.sum = h('p', { class: 'soft', role: 'status' });
    this.project = h('select', { 'aria-label': 'Only one project' });
    this.project.addEventListener('change', () => {
      location.hash = link(['graph'], { project: this.project.value });
    });
    this.whole = h('a', { class: 'action', href: link(['graph']), hidden: true }, 'Show all');
    this.canvas = svg('svg', { class: 'graph', role: 'group', 'aria-label': 'Services and what they need' });
    this.box = h('div', { class: 'graph-box', tabindex: '0', role: 'region',
      'aria-label': 'The drawn graph; scroll to see more' }, this.canvas);
    this.zooms = h('div', { class: 'zooms', role: 'group', 'aria-label': 'Size' },
      this.button('−', 'Smaller', () => this.zoomBy(1 / ZOOM_STEP)),
      this.button('Fit', 'As large as there is room', () => this.zoomTo(0)),
      this.button('+', 'Larger', () => this.zoomBy(ZOOM_STEP)));
    this.legend = h('ul', { class: 'legend', 'aria-label': 'Kinds of dependencies' }, TYPES.map(([type, text]) =>
      h('li', null, svg('svg', { viewBox: '0 0 34 8', 'aria-hidden': 'true' },
        svg('path', { class: 'arrow', 'data-type': type, d: 'M1 4H33' })), text)));
    this.frame = h('section', { class: 'graph-frame', 'aria-label': 'Graph' }, this.box, this.zooms, this.legend);
    this.alone = h('section', { class: 'panel alone', hidden: true });
    this.order = h('section', { class: 'panel order', hidden: true });
    this.none = h('div', { class: 'empty', hidden: true });
    this.skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    this.node = h('div', { class: 'stale' }, h('div', { class: 'view-head' }, h('div', null,
      h('h1', { tabindex: '-1' }, 'Graph'), this.sum), h('div', { class: 'graph-tools' }, this.project, this.whole)),
    this.skeleton, this.frame, this.none, this.alone, this.order);
    this.frame.hidden = true;
    this.onResize = () => this.resize();
    window.addEventListener('resize', this.onResize);
    for (const kind of ['mouseover', 'focusin']) this.canvas.addEventListener(kind, (event) => this.point(event.target));
    for (const kind of ['mouseleave', 'focusout']) this.canvas.addEventListener(kind, () => this.point(null));
  }

  button(text, label, run) {
    const node = h('button', { type: 'button', class: 'action', 'aria-label': label, title: label }, text);
    node.addEventListener('click', run);
    return node;
  }

  take(query) {
    this.wish = { around: query.get('around') ?? '', project: query.get('project') ?? '' };
    if (this.node && fleet.doc) this.draw();
  }

  close() {
    this.closed = true;
    window.removeEventListener('resize', this.onResize);
  }

  /* ---- What is drawn ---- */

  draw() {
    if (!fleet.doc) return;
    const nodes = graphOf(fleet.services), causes = causesOf(fleet.services);
    const chosen = choose(nodes, causes, this.wish);
    this.skeleton.hidden = true;
    this.frame.hidden = chosen.names.length === 0;
    this.drawTools(nodes);
    this.drawSum(chosen, causes);
    this.drawAlone(chosen.alone);
    this.drawNone(chosen);
    const edges = chosen.names.map((name) => nodes.get(name).needs.map((need) => [need.to, need.type, need.circular]));
    const across = this.isAcross(), key = JSON.stringify([chosen.names, edges, across]);
    this.nodes = nodes;
    this.causes = causes;
    if (key === this.key) {
      this.colour();
    } else if (chosen.names.length > 0) {
      this.key = key;
      this.across = across;
      this.layOut(nodes, chosen.names, key);
    }
  }

  isAcross() {
    return window.innerWidth > NARROW;
  }

  async layOut(nodes, names, key) {
    this.layout ??= import('/layout.js').then((module) => module.default);
    const dagre = await this.layout.catch(() => null);
    if (this.closed || key !== this.key) return;
    if (!dagre) {
      this.layout = null;
      this.key = null; // the next change tries again
      setText(this.sum, 'What lays out the graph could not be fetched from quaywatch.');
      return;
    }
    this.placed = place(dagre, nodes, names, this.across);
    const head = svg('marker', { id: 'arrow-head', viewBox: '0 0 8 8', refX: '7', refY: '4', markerWidth: '7',
      markerHeight: '7', orient: 'auto-start-reverse' }, svg('path', { d: 'M0 0 8 4 0 8z' }));
    this.edges = this.placed.edges.map(drawEdge);
    this.marks = new Map([...this.placed.nodes].map(([name, at]) => [name, this.drawNode(name, at)]));
    this.canvas.replaceChildren(svg('defs', {}, head), ...this.edges, ...this.marks.values());
    this.colour();
    this.resize();
  }

  drawNode(name, { x, y, width, height }) {
    const label = svg('text', { x: 38, y: height / 2 + 5 });
    label.textContent = cut(name, width);
    const seal = svg('g', { class: 'seal-mark', transform: `translate(12 ${height / 2 - 8})` });
    const root = svg('text', { class: 'root-mark', x: width / 2, y: -7, 'text-anchor': 'middle' });
    const full = svg('title', {});
    const inside = [full, svg('rect', { width, height, rx: 10 }), seal, label, root];
    const place = `translate(${(x - width / 2).toFixed(1)} ${(y - height / 2).toFixed(1)})`;
    return fleet.services.has(name)
      ? svg('a', { class: 'graph-node', transform: place, href: serviceLink(name), 'data-name': name }, ...inside)
      : svg('g', { class: 'graph-node stranger', transform: place, 'data-name': name }, ...inside);
  }

  /* The colours of the present state; nothing moves. */
  colour() {
    if (!this.marks) return;
    for (const [name, mark] of this.marks) {
      const facts = this.nodes.get(name)?.facts, cause = this.causes.get(name);
      const status = facts ? facts.status : 'unknown';
      const root = cause?.root === name;
      const said = `${name}: ${facts ? facts.word : 'not registered'}${root ? `, the root${cause.victims
        ? ` of ${plural(cause.victims, 'other service')} that is down` : ''}` : cause ? `, down because of ${cause.root}` : ''}`;
      mark.dataset.tone = status;
      mark.classList.toggle('root', root);
      mark.classList.toggle('victim', Boolean(cause) && !root);
      if (facts) mark.setAttribute('aria-label', said);
      setText(mark.querySelector('title'), said);
      setText(mark.querySelector('.root-mark'), root ? `root${cause.victims ? ` of ${cause.victims}` : ''}` : '');
      const seal = mark.querySelector('.seal-mark');
      if (seal.dataset.status === status) continue;
      seal.dataset.status = status;
      const drawn = statusIcon(status);
      drawn.setAttribute('width', '16');
      drawn.setAttribute('height', '16');
      seal.replaceChildren(drawn);
    }
    for (const edge of this.edges) {
      const from = this.causes.get(edge.dataset.from), to = this.causes.get(edge.dataset.to);
      edge.classList.toggle('blame', Boolean(from && to) && from.root === to.root);
    }
  }

  /* A service under the pointer or in focus: it and its neighbours stand out. */
  point(target) {
    const name = target?.closest?.('.graph-node')?.dataset.name ?? null;
    this.canvas.classList.toggle('pointed', name !== null);
    if (!this.marks) return;
    const near = new Set([name]);
    for (const edge of this.edges) {
      const { from, to } = edge.dataset, its = name !== null && (from === name || to === name);
      edge.classList.toggle('near', its);
      if (its) near.add(from).add(to);
    }
    for (const [other, mark] of this.marks) mark.classList.toggle('near', near.has(other));
  }

  /* ---- Size ---- */

  zoomTo(zoom) {
    this.zoom = zoom;
    this.resize();
  }

  zoomBy(factor) {
    this.zoomTo(Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, (this.zoom || this.fitting()) * factor)));
  }

  fitting() {
    const room = this.box.clientWidth || 800;
    return Math.max(0.5, Math.min(1.25, room / this.placed.width));
  }

  resize() {
    if (!this.placed) return;
    const scale = this.zoom || this.fitting(), { width, height } = this.placed;
    this.canvas.setAttribute('viewBox', `0 -16 ${width.toFixed(0)} ${(height + 24).toFixed(0)}`);
    this.canvas.setAttribute('width', (width * scale).toFixed(0));
    this.canvas.setAttribute('height', ((height + 24) * scale).toFixed(0));
    if (fleet.doc && this.key && this.across !== this.isAcross()) this.draw();
  }

  /* ---- Around it ---- */

  drawTools() {
    const projects = [...new Set([...fleet.services.values()].map((facts) => facts.project).filter(Boolean))].sort(byName);
    area(this.project, [projects, this.wish.project], () => [option('', 'All projects', this.wish.project),
      ...projects.map((project) => option(project, project, this.wish.project))]);
    this.project.hidden = projects.length < 2;
    this.whole.hidden = !this.wish.around && !this.wish.project;
  }

  drawSum(chosen, causes) {
    const roots = [...new Set([...causes.values()].map((cause) => cause.root))].sort(byName);
    const down = roots.length === 0 ? 'Nothing is down.'
      : `${plural(causes.size, 'service is', 'services are')} down; ${roots.length === 1 ? 'the root is' : 'the roots are'} `
        + `${roots.slice(0, 3).join(', ')}${roots.length > 3 ? ` and ${roots.length - 3} more` : ''}.`;
    const around = this.wish.around ? `What is joined to ${this.wish.around}. ` : '';
    setText(this.sum, [around + down, chosen.why].filter(Boolean).join(' '));
  }

  drawAlone(alone) {
    const marks = alone.map((name) => [name, fleet.services.get(name)?.status]);
    area(this.alone, this.wish.around || this.wish.project ? [] : marks, (all) => all.length > 0 && [
      h('h2', null, `${plural(all.length, 'service')} without dependencies`),
      h('ul', { class: 'neighbours' }, all.slice(0, 200).map(([name, status]) => h('li', null,
        h('a', { class: 'need', href: serviceLink(name), 'data-tone': status }, statusIcon(status), h('b', null, name))))),
      all.length > 200 && h('p', { class: 'soft' }, `and ${all.length - 200} more`)]);
  }

  drawNone(chosen) {
    const none = chosen.names.length === 0;
    area(this.none, [none, this.wish, fleet.services.size], () => none && [icon('i-graph', 'big'),
      h('h2', { class: 'title' }, fleet.services.size === 0 ? 'No services are registered yet.'
        : this.wish.around || this.wish.project ? 'Nothing is joined here.' : 'No service depends on another.'),
      h('p', null, 'quaywatch reads dependencies from ', h('code', null, 'service.depends_on'), ', from compose’s ',
        h('code', null, 'depends_on'), ' and from containers that share a network.')]);
  }

  async ask() {
    const now = performance.now();
    if (now < this.askedAt + ASK_MS) return;
    this.askedAt = now;
    const answer = await getObject('/api/v1/graph');
    if (!answer || this.closed) return;
    const order = list(answer.order).map((step) => list(step).map(String));
    const cycles = list(answer.cycles).map((cycle) => String(cycle.cycle ?? ''));
    const steps = order.length > 1 ? order : [];
    area(this.order, [steps, cycles], () => steps.length + cycles.length > 0 && [
      cycles.length > 0 && h('div', { class: 'cycles', 'data-tone': 'degraded' }, h('h2', null, plural(cycles.length, 'cycle')),
        h('ul', null, cycles.map((cycle) => h('li', null, cycle))),
        h('p', { class: 'soft' }, 'Nobody can start first in a cycle, so these dependencies hold nothing back.')),
      steps.length > 0 && h('details', null, h('summary', null, 'Order of starting'),
        h('ol', { class: 'steps' }, steps.map((step) => h('li', null, step.slice(0, 60).join(', '),
          step.length > 60 && ` and ${step.length - 60} more`))))]);
  }

  move(step) {
    stepFocus(this.canvas.querySelectorAll('a'), step);
  }
}

export const graphView = {
  path: '/graph', label: 'Graph', icon: 'i-graph', open: (_name, query) => new GraphScreen(query),
};
