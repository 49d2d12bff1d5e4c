/** What the tests of single passes share: a function recorded, and a pass tried on it. */
import { type Program, print, sizeOf, type Tensor, type TensorType, trace } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import type { Pass } from "../src/index.ts";
import { expectSameResults } from "./equality.ts";

/** `fn` of float64 tensors. */
export function recorded(fn: (...inputs: Tensor[]) => unknown, ...shapes: readonly (readonly number[])[]): Program {
  return trace(
    (inputs) => fn(...inputs),
    shapes.map((shape) => ({ shape, dtype: "float64" as const })),
  ).program;
}

/** The Program before and after the pass, as text. Both compute the same. */
export function passed(pass: Pass, program: Program): string {
  const result = pass(program);
  expectSameResults(result, program, inputsFor(program.inputs));
  return `${print(program)}\n→\n${print(result)}`;
}

/** Numbers between −1 and 1; integers from 0 to 3. */
export function inputsFor(types: readonly TensorType[]): Tensor[] {
  return types.map(({ shape, dtype }, k) => {
    const numbers = Float64Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + 2.7 * i + 11 * k));
    const integers = Int32Array.from(numbers, (x) => Math.floor(2 + 1.9 * x));
    return fromHost(dtype === "int32" ? integers : numbers, shape, dtype === "int32" ? dtype : "float64");
  });
}
