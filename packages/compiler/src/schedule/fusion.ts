/**
 * Elementwise ops collected into loops. A group stays open until somebody outside needs one of its values; ops that read an
 * open group's values join it if they have its shape, and reductions of them do. The result of a reduction in a group has its
 * place from the beginning, so that views of it exist before the loop does; a reader of such a view ends the group.
 */
import { type ProgramNode, type Shape, sameShape, type Variable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { Fold } from "./folds.ts";
import type { FusedNode } from "./step.ts";
import type { Target } from "./target.ts";
import { isSamePlace, type MemoryValue, type Value } from "./value.ts";

/** The values of a node, folded into `to`. */
interface FoldedValues {
  readonly node: number;
  readonly fold: Fold;
  readonly to: MemoryValue;
}

export class Group {
  readonly shape: Shape;
  readonly operands: Value[] = [];
  readonly nodes: FusedNode[] = [];
  /** By node, the variable that it computes and the Program's node. */
  readonly variables: Variable[] = [];
  readonly folds: FoldedValues[] = [];
  readonly members = new Set<ProgramNode>();

  readonly #target: Target;
  /** Variables that are folds, or views of them. */
  readonly #folded = new Set<number>();

  constructor(shape: Shape, target: Target) {
    this.shape = shape;
    this.#target = target;
  }

  indexOf({ id }: Variable): number {
    return this.variables.findIndex((variable) => variable.id === id);
  }

  /** Whether the variable is computed only when all of the loop is done. */
  hasFold({ id }: Variable): boolean {
    return this.#folded.has(id);
  }

  /** Whether there is room for a node, and the values of another group with it. */
  accepts({ op, outputs }: ProgramNode, other?: Group): boolean {
    return sameShape(this.shape, outputs[0]?.shape ?? []) && this.hasRoom(op.name, other);
  }

  hasRoom(op: string, other?: Group): boolean {
    return this.#target.fitsOneLoop([...this.#ops, ...(other === undefined ? [] : other.#ops), op]);
  }

  get #ops(): string[] {
    return [...this.nodes.map((node) => node.op), ...this.folds.map(({ fold }) => fold)];
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

  /** Adds a reduction of what a node of this group computes. */
  addFold(node: ProgramNode, fold: Fold, to: MemoryValue): void {
    const [[input], [output]] = [node.inputs, node.outputs];
    this.folds.push({ node: this.indexOf(defined(input, "operand")), fold, to });
    this.addView(defined(output, "result"));
    this.members.add(node);
  }

  /** Adds what is seen of a fold. */
  addView({ id }: Variable): void {
    this.#folded.add(id);
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
    this.folds.push(...other.folds.map((fold) => ({ ...fold, node: fold.node + nodeShift })));
    for (const id of other.#folded) this.#folded.add(id);
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
