/** Recurrent networks unrolled in time: one column per step, drawn from a description of what is read and written when. */
import { diagram, type Graph, paint } from "../diagram.ts";
import type { Picture } from "../picture.ts";

type Nodes = NonNullable<Graph["nodes"]>;
type Edges = NonNullable<Graph["edges"]>;

const input = { fillcolor: paint.blueTint, color: paint.blue };
const state = { fillcolor: paint.greenTint, color: paint.green };
const output = { fillcolor: paint.orangeTint, color: paint.orange };
const plain = { shape: "plaintext", style: "" };

/** A subscript that every font has. */
const subscript = (t: number) => String.fromCodePoint(0x2080 + t);

/** h₀ → f → h₁ → …, an x below each f. */
function chain(steps: number, prefix = ""): { nodes: Nodes; edges: Edges } {
  const times = Array.from({ length: steps }, (_, index) => index + 1);
  return {
    nodes: [
      { name: `${prefix}h0`, attributes: { label: "h₀", ...plain } },
      ...times.flatMap((t) => [
        { name: `${prefix}f${t}`, attributes: { label: "f", group: `${prefix}${t}`, ...state } },
        { name: `${prefix}x${t}`, attributes: { label: `x${subscript(t)}`, group: `${prefix}${t}`, ...input } },
      ]),
      { name: `${prefix}end`, attributes: { label: `h${subscript(steps)}`, ...plain } },
    ],
    edges: [
      ...times.map((t) => ({
        tail: t === 1 ? `${prefix}h0` : `${prefix}f${t - 1}`,
        head: `${prefix}f${t}`,
        attributes: t === 1 ? {} : { label: `h${subscript(t - 1)}` },
      })),
      { tail: `${prefix}f${steps}`, head: `${prefix}end` },
      // Edges within a column put its nodes below each other, from tail to head.
      ...times.map((t) => ({ tail: `${prefix}f${t}`, head: `${prefix}x${t}`, attributes: { dir: "back" } })),
    ],
  };
}

/** Puts nodes of a left-to-right graph below each other. */
const column = (...names: string[]) => ({ graphAttributes: { rank: "same" }, nodes: names.map((name) => ({ name })) });

export const recurrence: Picture = {
  name: "recurrence",
  draw: () => {
    const steps = 3;
    const { nodes, edges } = chain(steps);
    return diagram({
      graphAttributes: { rankdir: "LR", nodesep: 0.3, ranksep: 0.45 },
      nodes: [
        { name: "f", attributes: { label: "f", ...state } },
        { name: "x", attributes: { label: "x", ...input } },
        { name: "is", attributes: { label: "unrolled:", fontcolor: paint.faint, ...plain } },
        ...nodes,
      ],
      edges: [
        { tail: "f", head: "x", attributes: { dir: "back" } },
        { tail: "f", head: "f", attributes: { tailport: "ne", headport: "nw", label: "h" } },
        { tail: "f", head: "is", attributes: { style: "invis" } },
        { tail: "is", head: "h0", attributes: { style: "invis" } },
        ...edges,
      ],
      subgraphs: [column("f", "x"), ...[1, 2, 3].map((t) => column(`f${t}`, `x${t}`))],
    });
  },
};

/** Of each shape: at which steps something is read, and at which something is written. */
const kinds = [
  { name: "one-to-one", reads: [1], writes: [1], steps: 1 },
  { name: "one-to-many", reads: [1], writes: [1, 2, 3], steps: 3 },
  { name: "many-to-one", reads: [1, 2, 3], writes: [3], steps: 3 },
  { name: "sequence to sequence", reads: [1, 2, 3], writes: [3, 4, 5], steps: 5 },
  { name: "aligned", reads: [1, 2, 3], writes: [1, 2, 3], steps: 3 },
];

export const shapes: Picture = {
  name: "shapes",
  draw: () =>
    diagram({
      graphAttributes: { rankdir: "BT", nodesep: 0.16, ranksep: 0.3, fontsize: 13 },
      nodeAttributes: { label: "", width: 0.26, height: 0.4, margin: 0 },
      edgeAttributes: { arrowsize: 0.5 },
      subgraphs: kinds.map(({ name, reads, writes, steps }, kind) => {
        const id = (what: string, t: number) => `${what}${kind}_${t}`;
        const times = Array.from({ length: steps }, (_, index) => index + 1);
        return {
          name: `cluster${kind}`,
          graphAttributes: { label: name, labelloc: "b", color: "transparent", margin: 10 },
          nodes: [
            ...reads.map((t) => ({ name: id("x", t), attributes: { ...input, group: id("g", t) } })),
            ...writes.map((t) => ({ name: id("y", t), attributes: { ...output, group: id("g", t) } })),
          ],
          edges: [
            ...reads.map((t) => ({ tail: id("x", t), head: id("h", t) })),
            ...writes.map((t) => ({ tail: id("h", t), head: id("y", t) })),
          ],
          subgraphs: [
            {
              graphAttributes: { rank: "same" },
              nodes: times.map((t) => ({ name: id("h", t), attributes: { ...state, group: id("g", t) } })),
              edges: times.slice(1).map((t) => ({ tail: id("h", t - 1), head: id("h", t) })),
            },
          ],
        };
      }),
    }),
};

export const backwards: Picture = {
  name: "bptt",
  draw: () => {
    const steps = 4;
    const times = Array.from({ length: steps }, (_, index) => index + 1);
    const { nodes, edges } = chain(steps);
    const back = { color: paint.orange, style: "dashed", constraint: false, penwidth: 1.4 };
    return diagram({
      graphAttributes: { rankdir: "LR", nodesep: 0.5, ranksep: 0.7 },
      nodes: [...nodes, ...times.map((t) => ({ name: `L${t}`, attributes: { label: `L${subscript(t)}`, ...output } }))],
      edges: [
        ...edges,
        ...times.map((t) => ({
          tail: `L${t}`,
          head: `f${t}`,
          attributes: { dir: "back", tailport: "se", headport: "ne" },
        })),
        ...times.map((t) => ({
          tail: `L${t}`,
          head: `f${t}`,
          attributes: { ...back, tailport: "sw", headport: "nw" },
        })),
        ...times.slice(1).map((t) => ({
          tail: `f${t}`,
          head: `f${t - 1}`,
          attributes: { ...back, tailport: "sw", headport: "se" },
        })),
      ],
      subgraphs: times.map((t) => column(`L${t}`, `f${t}`, `x${t}`)),
    });
  },
};
