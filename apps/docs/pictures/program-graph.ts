/** A Program as a graph: an oval per op, an arrow per value, bodies of loops and branches as frames. */
import { Program, type ProgramNode, type Variable } from "@tapegrad/core";
import { type Graph, paint, type Subgraph } from "./diagram.ts";

export interface ProgramGraphOptions {
  /** What the Program's inputs and outputs are called, in their order. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** The same for the body of a loop. */
  readonly body?: Pick<ProgramGraphOptions, "inputs" | "outputs">;
  /** Other words for ops. */
  readonly words?: Readonly<Record<string, string>>;
  /** Attributes of a node beside the usual ones. */
  readonly style?: (node: ProgramNode, program: Program) => Readonly<Record<string, string>> | undefined;
  /** Whether arrows say the shape of what they carry. */
  readonly shapes?: boolean;
}

const value = { shape: "plaintext", style: "", fontcolor: paint.blue };
const result = { shape: "plaintext", style: "", fontcolor: paint.orange };

export function programGraph(program: Program, options: ProgramGraphOptions = {}): Graph {
  return { graphAttributes: { nodesep: 0.25, ranksep: 0.3 }, ...parts(program, "", options) };
}

type Parts = Required<Pick<Subgraph, "nodes" | "edges" | "subgraphs">>;

/** `prefix` keeps the names of bodies apart. */
function parts(program: Program, prefix: string, options: ProgramGraphOptions): Parts {
  const { words = {}, style, shapes = false } = options;
  const made = new Map<number, string>();
  const all: Parts = { nodes: [], edges: [], subgraphs: [] };
  const connect = ({ id, shape }: Variable, head: string) => {
    const tail = made.get(id);
    if (tail !== undefined) all.edges.push({ tail, head, attributes: shapes ? { label: ` ${shape.join("×")}` } : {} });
  };
  for (const [i, { id }] of program.inputs.entries()) {
    const name = `${prefix}in${i}`;
    made.set(id, name);
    all.nodes.push({ name, attributes: { label: options.inputs?.[i] ?? `%${i}`, ...value } });
  }
  for (const [i, node] of program.nodes.entries()) {
    const name = `${prefix}n${i}`;
    const label = words[node.op.name] ?? node.op.name;
    all.nodes.push({ name, attributes: { label, ...style?.(node, program) } });
    for (const input of node.inputs) connect(input, name);
    for (const { id } of node.outputs) made.set(id, name);
    for (const [key, body] of Object.entries(node.attributes)) {
      if (!(body instanceof Program)) continue;
      all.subgraphs.push({
        name: `cluster${name}${key}`,
        graphAttributes: {
          label: `${label}: ${key}`,
          style: "rounded,dashed",
          color: paint.faint,
          fontcolor: paint.faint,
        },
        ...parts(body, `${name}${key}_`, { ...options, inputs: [], outputs: [], ...options.body }),
      });
    }
  }
  for (const [i, output] of program.outputs.entries()) {
    const name = `${prefix}out${i}`;
    all.nodes.push({ name, attributes: { label: options.outputs?.[i] ?? "result", ...result } });
    connect(output, name);
  }
  return all;
}
