/**
 * fast-check arbitraries of Programs, with nested loops and gradients, for any float dtype. Values stay of the order of 1.
 * Comparisons use odd constants, so that a different order of additions never changes which branch an element takes.
 */
import { grad } from "@tapegrad/autodiff";
import { dtypeTable, type FloatDType, type Program, sizeOf, type Tensor, trace } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { add, mul, sin, sum } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { own } from "./random-cells.ts";
import { advances, type Instruction, run } from "./random-loops.ts";
import { models, rough, smooth } from "./random-ops.ts";
import { fit, pick } from "./random-pieces.ts";

export type { Instruction };
export { fit, own };

/** A random function: its inputs, and ops one after the other. */
export interface Recipe {
  readonly shapes: readonly (readonly number[])[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly number[];
  readonly gradient: boolean;
}

/** The function that a recipe stands for. */
export function functionOf({ instructions, outputs, gradient }: Recipe): (inputs: readonly Tensor[]) => Tensor[] {
  const simple = gradient ? { ...smooth, ...models } : { ...smooth, ...rough, ...models };
  const forward = (inputs: readonly Tensor[]) => {
    const pool = [...inputs];
    run(instructions, pool, simple);
    return outputs.map((index) => pick(pool, pool.length - 1 - (index % pool.length)));
  };
  if (!gradient) return forward;
  return (inputs) => {
    const results = forward(inputs);
    const loss = (x: Tensor[]) =>
      forward(x)
        .map((result, i) => mul(sum(sin(result)), 1 + i))
        .reduce(add);
    return [...results, ...grad(loss)([...inputs])];
  };
}

/** The Program that a recipe stands for. */
export function programOf(recipe: Recipe, dtype: FloatDType): Program {
  const fn = functionOf(recipe);
  return trace(
    (inputs) => fn(inputs),
    recipe.shapes.map((shape) => ({ shape, dtype })),
  ).program;
}

/** Uniform on [−1, 1). */
export function inputsOf({ shapes }: Pick<Recipe, "shapes">, dtype: FloatDType, seed = 1): Tensor[] {
  return shapes.map((shape, i) => {
    const uniform = seededUniforms(seed + 17 * i);
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1);
    return fromHost(dtypeTable[dtype].array.from(values), shape, dtype);
  });
}

const index = fc.nat(59);

function instruction(depth: number, names: readonly string[]): fc.Arbitrary<Instruction> {
  const plain = fc.record({
    op: fc.constantFrom(...names),
    a: index,
    b: index,
    c: index,
    body: fc.constant([]),
    carries: fc.constant([]),
  });
  if (depth === 0) return plain;
  const carry = fc.record({ kind: fc.constantFrom(...Object.keys(advances)), start: index, from: index, with: index });
  const nested = fc.record({
    op: fc.constant("scan"),
    a: index,
    b: index,
    c: index,
    body: fc.array(instruction(depth - 1, names), { maxLength: 5 }),
    carries: fc.array(carry, { minLength: 1, maxLength: 4 }),
  });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 2, arbitrary: nested });
}

/** Options of `recipes`. */
export interface RecipeOptions {
  readonly gradient: boolean;
  /** How deep loops may nest. */
  readonly depth: number;
  /** Lengths that axes may have. */
  readonly lengths: readonly number[];
  /** What instructions there are beside loops; by default all but whole models. */
  readonly ops?: readonly string[];
}

const all = [...Object.keys(smooth), ...Object.keys(rough)];

/** Random recipes, for property tests. */
export function recipes({ gradient, depth, lengths, ops = all }: RecipeOptions): fc.Arbitrary<Recipe> {
  const shape = fc.array(fc.constantFrom(...lengths), { maxLength: 3 });
  return fc.record({
    shapes: fc.array(shape, { minLength: 1, maxLength: 4 }),
    instructions: fc.array(instruction(depth, ops), { minLength: 1, maxLength: 8 }),
    outputs: fc.array(index, { minLength: 1, maxLength: 4 }),
    gradient: fc.constant(gradient),
  });
}
