/** The cheapest set of values from which others can be computed: a minimum vertex cut, by augmenting shortest paths. */

export interface ValueGraph {
  /** What it costs to have a value at hand without computing it. */
  readonly costs: ReadonlyMap<number, number>;
  /** What a value is computed from; values that are missing here cannot be computed. */
  readonly operands: ReadonlyMap<number, readonly number[]>;
  readonly needed: Iterable<number>;
}

interface Edge {
  readonly to: number;
  readonly reverse: Edge | undefined;
  /** What more can flow. */
  capacity: number;
}

const [source, sink] = [0, 1];

/** Of several equally cheap sets the one closest to what is needed. */
export function cheapestValues({ costs, operands, needed }: ValueGraph): Set<number> {
  // Each value is an edge from its entry to its exit; having it at hand cuts that edge.
  const ids = [...costs.keys()];
  const position = new Map(ids.map((id, i) => [id, i]));
  const entry = (id: number) => 2 + 2 * (position.get(id) ?? Number.NaN);
  const exit = (id: number) => entry(id) + 1;
  const edges: Edge[][] = Array.from({ length: 2 + 2 * ids.length }, () => []);
  const connect = (from: number, to: number, capacity: number) => {
    const back: { to: number; reverse: Edge | undefined; capacity: number } = {
      to: from,
      reverse: undefined,
      capacity: 0,
    };
    const edge: Edge = { to, reverse: back, capacity };
    back.reverse = edge;
    edges[from]?.push(edge);
    edges[to]?.push(back);
  };
  for (const [id, cost] of costs) {
    connect(entry(id), exit(id), cost);
    const from = operands.get(id);
    if (from === undefined) connect(source, entry(id), Number.POSITIVE_INFINITY);
    for (const operand of from ?? []) connect(exit(operand), entry(id), Number.POSITIVE_INFINITY);
  }
  for (const id of needed) connect(exit(id), sink, Number.POSITIVE_INFINITY);
  for (let path = shortestPath(edges); path !== undefined; path = shortestPath(edges)) {
    const flow = Math.min(...path.map(({ capacity }) => capacity));
    for (const edge of path) {
      edge.capacity -= flow;
      if (edge.reverse !== undefined) edge.reverse.capacity += flow;
    }
  }
  const behind = reachingSink(edges);
  return new Set(ids.filter((id) => behind.has(exit(id)) && !behind.has(entry(id))));
}

/** The edges of a path from the source to the sink along which more can flow. */
function shortestPath(edges: readonly (readonly Edge[])[]): Edge[] | undefined {
  const arrivals = new Map<number, Edge | undefined>([[source, undefined]]);
  for (const at of arrivals.keys()) {
    for (const edge of edges[at] ?? []) {
      if (edge.capacity > 0 && !arrivals.has(edge.to)) arrivals.set(edge.to, edge);
    }
  }
  const path: Edge[] = [];
  for (let edge = arrivals.get(sink); edge !== undefined; edge = arrivals.get(edge.reverse?.to ?? source))
    path.push(edge);
  return path.length === 0 ? undefined : path;
}

/** The vertices from which more could flow to the sink. */
function reachingSink(edges: readonly (readonly Edge[])[]): Set<number> {
  const reaching = new Set([sink]);
  for (const at of reaching) {
    for (const { to, reverse } of edges[at] ?? []) if ((reverse?.capacity ?? 0) > 0) reaching.add(to);
  }
  return reaching;
}
