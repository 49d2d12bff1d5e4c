/** A fused step: one pass over its shape, in which every invocation computes all ops for its elements. */
import type { FusedStep, MemoryValue } from "@tapegrad/compiler";
import type { DType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { elementOf, wordOf } from "../wgsl/element.ts";
import {
  castOf,
  type ElementwiseName,
  type Expression,
  elementwise,
  expressionFor,
  selection,
} from "../wgsl/elementwise.ts";
import type { FunctionName } from "../wgsl/functions.ts";
import { forEach } from "../wgsl/shader.ts";
import type { Division, Names, StepKernel } from "./kernel.ts";
import { type Positions, positionsOf } from "./positions.ts";
import type { Sizes } from "./sizes.ts";

/** The WGSL of an op whose operands, the last if they differ, have the dtype `type`; undefined if it is not elementwise. */
export function fusedExpression(op: string, type: DType, result: DType): Expression | undefined {
  if (op === "where") return selection;
  if (op === "cast") return castOf(type, result);
  return isElementwiseName(op) ? expressionFor(op, type) : undefined;
}

function isElementwiseName(op: string): op is ElementwiseName {
  return Object.hasOwn(elementwise, op);
}

/**
 * A constant as a WGSL expression of the type of its dtype. Floats are given by their bits, because some have no literal, and
 * hidden from compilers below WGSL, which may take `0 * x` for 0 and `x + 0` for x: no value begins at an element beyond 2³¹.
 */
export function constantText(value: number, dtype: DType, sizes: Sizes): string {
  const word = sizes.of(wordOf(value, dtype));
  if (dtype === "bool") return word;
  if (dtype === "int32") return `bitcast<i32>(${word})`;
  return sizes.areKnown ? hidden(word) : `bitcast<f32>(${word})`;
}

/** The float with these bits, of which a compiler knows nothing. */
function hidden(word: string): string {
  return `bitcast<f32>(${word} | (base0 >> 31u))`;
}

const arithmetic: ReadonlySet<string> = new Set<ElementwiseName>([
  "add",
  "sub",
  "mul",
  "div",
  "neg",
  "square",
  "sqrt",
  "rsqrt",
]);

type Node = FusedStep["nodes"][number];

/**
 * The numbers of nodes whose results another op joins with one of their operands, or with what shares one: compilers below WGSL
 * take `(x / y) * y` for x and `x * y + x * z` for `x * (y + z)`, which is neither where y is 0 or ∞. These results are hidden.
 */
export function nodesToHide(nodes: readonly Node[]): ReadonlySet<number> {
  const nameOf = ({ from, index }: Node["inputs"][number]) => `${from} ${index}`;
  const found = new Set<number>();
  for (const { op, inputs } of nodes) {
    if (!arithmetic.has(op)) continue;
    const sides = inputs.map((input) => {
      const made = input.from === "node" ? nodes[input.index] : undefined;
      const operands = made !== undefined && arithmetic.has(made.op) ? made.inputs.map(nameOf) : [];
      return { index: input.index, names: [nameOf(input), ...operands], operands };
    });
    for (const [i, { index, operands }] of sides.entries()) {
      const isShared = (name: string) => sides.some(({ names }, other) => other !== i && names.includes(name));
      if (operands.some(isShared)) found.add(index);
    }
  }
  return found;
}

export interface FusedBodyOptions {
  readonly sizes: Sizes;
  /** The position, row-major in the step's shape: a WGSL variable. */
  readonly position: string;
  /** The number of its first value among those of the kernel. */
  readonly firstValue?: number;
  /** An operand that is there already, so that it is not read. */
  readonly given?: number;
}

/** What is computed at one position. */
export class FusedBody {
  /** Operands in memory, then results. */
  readonly values: readonly MemoryValue[];
  readonly functions: readonly FunctionName[];
  readonly positions: Positions;
  readonly #step: FusedStep;
  readonly #expressions: readonly Expression[];
  readonly #hidden: ReadonlySet<number>;
  readonly #firstValue: number;
  readonly #given: number | undefined;
  readonly #sizes: Sizes;

  constructor(step: FusedStep, { sizes, position, firstValue = 0, given }: FusedBodyOptions) {
    const { shape, operands, nodes, results } = step;
    this.#step = step;
    this.#sizes = sizes;
    this.#firstValue = firstValue;
    this.#given = given;
    const read = operands.filter((operand, i) => operand.kind === "memory" && i !== given);
    this.values = [...read.filter((value) => value.kind === "memory"), ...results.map(({ to }) => to)];
    this.positions = positionsOf(
      position,
      shape,
      this.values.map(({ strides }) => strides),
      { sizes },
    );
    const typeOf = (input: FusedStep["nodes"][number]["inputs"][number] | undefined): DType =>
      defined(input?.from === "node" ? nodes[input.index] : operands[input?.index ?? -1], "operand").dtype;
    this.#expressions = nodes.map((node) =>
      defined(fusedExpression(node.op, typeOf(node.inputs.at(-1)), node.dtype), "expression"),
    );
    this.#hidden = nodesToHide(nodes);
    this.functions = this.#expressions.flatMap(({ functions }) => functions);
  }

  /** `given`: the WGSL of the operand that is there already. */
  statements(names: Names, given = ""): string[] {
    const { operands, nodes, results } = this.#step;
    const offset = (k: number) => defined(this.positions.offsets[k], "offset");
    let next = 0;
    const load = () => names.load(this.#firstValue + next, offset(next++));
    const loads = operands.map((operand, i) => {
      const read = () =>
        operand.kind === "constant" ? constantText(operand.value, operand.dtype, this.#sizes) : load();
      return `let x${i} = ${i === this.#given ? given : read()};`;
    });
    const inputText = ({ from, index }: { from: "operand" | "node"; index: number }) =>
      `${from === "node" ? "n" : "x"}${index}`;
    const computed = nodes.map(({ inputs, dtype }, i) => {
      const { text } = defined(this.#expressions[i], "expression");
      const result = text(...inputs.map(inputText));
      const isHidden = dtype === "float32" && this.#hidden.has(i);
      return `let n${i}: ${elementOf("compile", dtype)} = ${isHidden ? hidden(`bitcast<u32>(${result})`) : result};`;
    });
    const stores = results.map(({ node }, r) => names.store(this.#firstValue + next + r, offset(next + r), `n${node}`));
    return [...this.positions.statements, ...loads, ...computed, ...stores];
  }
}

export function fusedKernel(step: FusedStep, { loop, sizes }: Division): StepKernel {
  const body = new FusedBody(step, { sizes, position: "i" });
  const { count } = body.positions;
  return {
    label: `fused ${step.nodes.length} over [${step.shape}]`,
    values: body.values,
    functions: body.functions,
    invocations: loop,
    groups: Math.ceil(count / loop),
    body: (names) => [forEach("i", sizes.of(count), loop, body.statements(names))],
  };
}
