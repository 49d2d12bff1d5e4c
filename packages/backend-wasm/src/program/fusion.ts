/**
 * Elementwise ops collected into loops. A group stays open until somebody outside needs one of its values; ops that read an
 * open group's values join it if they have its shape.
 */
import { defined, type ProgramNode, type Shape, sameShape, type Variable } from "@tapegrad/core";
import { isMathFunction } from "../math/kernels.ts";
import type { FusedNode } from "./step.ts";
import { isSamePlace, type Value } from "./value.ts";

/** More would need more registers than there are; what is left over starts another loop. */
const capacity = 48;
/**
 * So many functions of the math library at most: the engine interleaves them, and from the fifth on, spills cost more than
 * another loop over data that is still in the cache (measured: 1.0 ns per element and function up to four, 1.8 beyond).
 */
const functionCapacity = 3;

export class Group {
  readonly shape: Shape;
  readonly operands: Value[] = [];
  readonly nodes: FusedNode[] = [];
  /** By node, the variable that it computes and the Program's node. */
  readonly variables: Variable[] = [];
  readonly members = new Set<ProgramNode>();

  constructor(shape: Shape) {
    this.shape = shape;
  }

  indexOf({ id }: Variable): number {
    return this.variables.findIndex((variable) => variable.id === id);
  }

  /** How many nodes are functions of the math library. */
  get functions(): number {
    return this.nodes.filter(({ op }) => isMathFunction(op)).length;
  }

  /** Whether there is room for a node, and the values of another group with it. */
  accepts({ op, outputs }: ProgramNode, other?: Group): boolean {
    const nodes = this.nodes.length + 1 + (other?.nodes.length ?? 0);
    const functions = this.functions + Number(isMathFunction(op.name)) + (other?.functions ?? 0);
    return sameShape(this.shape, outputs[0]?.shape ?? []) && nodes <= capacity && functions <= functionCapacity;
  }

  /** Adds a node; `resolve` gives what is not computed in this group, seen in its shape. */
  add(node: ProgramNode, resolve: (variable: Variable) => Value): void {
    const [output] = node.outputs;
    if (output === undefined) throw new Error("internal: not a result for a fused loop");
    const inputs = node.inputs.map((input) => {
      const own = this.indexOf(input);
      if (own >= 0) return { from: "node" as const, index: own };
      return { from: "operand" as const, index: this.#operand(resolve(input)) };
    });
    this.nodes.push({ op: node.op.name, attributes: node.attributes, inputs, dtype: output.dtype });
    this.variables.push(output);
    this.members.add(node);
  }

  /** Takes in another group of the same shape, of which no value depends on this one. */
  absorb(other: Group): void {
    const nodeShift = this.nodes.length;
    const positions = other.operands.map((operand) => this.#operand(operand));
    for (const node of other.nodes) {
      const inputs = node.inputs.map(({ from, index }) => ({
        from,
        index: from === "operand" ? defined(positions[index], "operand") : index + nodeShift,
      }));
      this.nodes.push({ ...node, inputs });
    }
    this.variables.push(...other.variables);
    for (const member of other.members) this.members.add(member);
  }

  /** Equal operands are loaded once. */
  #operand(value: Value): number {
    const known = this.operands.findIndex((other) => sameValue(other, value));
    return known >= 0 ? known : this.operands.push(value) - 1;
  }
}

function sameValue(a: Value, b: Value): boolean {
  if (a.dtype !== b.dtype) return false;
  if (b.kind === "memory") return isSamePlace(a, b);
  return a.kind === "constant" && Object.is(a.value, b.value);
}
