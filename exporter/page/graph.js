/* SPDX-License-Identifier: MIT */
/* The graph of dependencies as data: who is drawn, what joins them, and where everything stands. Arrows go from a service
 * to what it needs. */
import { findRoots } from './roots.js';
import { byName } from './words.js';

export const DRAWN_MAX = 250; // more are neither readable nor laid out in a moment
const LETTER = 7.4, NODE_HEIGHT = 44, NODE_MIN = 120, NODE_MAX = 260, NODE_EXTRA = 54;

/* Every service with its neighbours: Map name → {facts or null, needs: [{to, type, circular}], users: [name]}. What is
 * needed but not registered has no facts. */
export function graphOf(services) {
  const nodes = new Map();
  const node = (name) => {
    if (!nodes.has(name)) nodes.set(name, { name, facts: services.get(name) ?? null, needs: [], users: [] });
    return nodes.get(name);
  };
  for (const facts of services.values()) {
    const self = node(facts.name);
    for (const need of facts.needs) {
      self.needs.push({ to: need.name, type: need.type, circular: need.circular });
      node(need.name).users.push(facts.name);
    }
  }
  return nodes;
}

/* name → the root it is down for (itself for a root). */
export function causesOf(services) {
  const causes = new Map();
  for (const { facts, victims } of findRoots(services)) {
    causes.set(facts.name, { root: facts.name, victims: victims.length });
    for (const victim of victims) causes.set(victim.name, { root: facts.name, victims: 0 });
  }
  return causes;
}

/* All that is joined to one of the names, in any number of steps, or in at most steps. */
function reached(nodes, names, steps = Infinity) {
  const seen = new Set(names.filter((name) => nodes.has(name)));
  let edge = [...seen];
  for (let step = 0; step < steps && edge.length > 0; step++) {
    const next = edge.flatMap((name) => [...nodes.get(name).needs.map((need) => need.to), ...nodes.get(name).users]);
    edge = [...new Set(next)].filter((name) => !seen.has(name));
    edge.forEach((name) => seen.add(name));
  }
  return seen;
}

/* Which of the nodes are drawn: {names, alone, why}. Those that nothing joins to another are alone. wish: {around, project}.
 * why says what was left out, '' when nothing was. */
export function choose(nodes, causes, wish) {
  const joined = [...nodes.values()].filter((node) => node.needs.length + node.users.length > 0);
  const alone = [...nodes.values()].filter((node) => node.needs.length + node.users.length === 0)
    .map((node) => node.name).sort(byName);
  let names = joined.map((node) => node.name), why = '';
  if (wish.around) {
    names = [...reached(nodes, [wish.around])];
  } else if (wish.project) {
    const own = joined.filter((node) => node.facts?.project === wish.project).map((node) => node.name);
    names = [...reached(nodes, own, 1)];
  } else if (names.length > DRAWN_MAX && causes.size > 0) {
    names = [...reached(nodes, [...causes.keys()], 1)];
    why = `Only what is down and its neighbours; all ${joined.length} are too many for one picture.`;
  }
  if (names.length > DRAWN_MAX) {
    why = `The first ${DRAWN_MAX} of ${names.length}; choose a project, or a service by its page, to see the others.`;
    names = names.sort(byName).slice(0, DRAWN_MAX);
  }
  return { names: names.sort(byName), alone, why };
}

const widthOf = (name) => Math.min(NODE_MAX, Math.max(NODE_MIN, name.length * LETTER + NODE_EXTRA));

/* Where the named nodes and their arrows stand, by dagre: {width, height, nodes: Map name → {x, y, width, height},
 * edges: [{from, to, type, circular, points}]}. across: from left to right, else from top to bottom. */
export function place(dagre, nodes, names, across) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: across ? 'LR' : 'TB', nodesep: 26, ranksep: across ? 84 : 48, edgesep: 10,
    marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const drawn = new Set(names);
  for (const name of names) graph.setNode(name, { width: widthOf(name), height: NODE_HEIGHT });
  for (const name of names) {
    for (const need of nodes.get(name).needs) {
      if (drawn.has(need.to)) graph.setEdge(name, need.to, { ...need, weight: need.type === 'required' ? 3 : 1 }, need.type);
    }
  }
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.max(width, 1), height: Math.max(height, 1),
    nodes: new Map(graph.nodes().map((name) => [name, graph.node(name)])),
    edges: graph.edges().map((edge) => ({ from: edge.v, ...graph.edge(edge) })),
  };
}

/* A line through points with rounded corners, for the path of an arrow. */
export function pathThrough(points) {
  const [first, ...rest] = points.map(({ x, y }) => [x.toFixed(1), y.toFixed(1)]);
  if (rest.length < 2) return `M${first}L${rest.at(-1) ?? first}`;
  let path = `M${first}`;
  for (let i = 0; i < rest.length - 1; i++) {
    const [x, y] = rest[i], [nextX, nextY] = rest[i + 1], last = i === rest.length - 2;
    const end = last ? [nextX, nextY] : [((+x + +nextX) / 2).toFixed(1), ((+y + +nextY) / 2).toFixed(1)];
    path += `Q${x},${y} ${end}`;
  }
  return path;
}
