/** Finds the first pass after which a Program gives other values: it runs on the reference backend after each pass. */
import { type NamedPass, passes, verify } from "@tapegrad/compiler";
import { interpret, type Program, print, type Tensor } from "@tapegrad/core";

export interface Fault {
  readonly name: string;
  readonly problem: string;
  readonly before: Program;
  readonly after: Program;
}

/** Of the largest result: some thousand roundings of float32. */
const tolerance = 1e-3;

/** The first pass that leaves a malformed Program or other values; undefined if none does. */
export function firstFault(
  program: Program,
  inputs: readonly Tensor[],
  rows: readonly NamedPass[] = passes,
): Fault | undefined {
  const expected = interpret(program, inputs);
  let before = program;
  for (const { name, pass } of rows) {
    const after = pass(before);
    const problem = print(after) === print(before) ? undefined : problemOf(after, inputs, expected);
    if (problem !== undefined) return { name, problem, before, after };
    before = after;
  }
  return undefined;
}

function problemOf(program: Program, inputs: readonly Tensor[], expected: readonly Tensor[]): string | undefined {
  const [malformed] = verify(program);
  if (malformed !== undefined) return malformed;
  const results = interpret(program, inputs);
  return expected.map((tensor, i) => difference(i, results[i], tensor)).find((text) => text !== undefined);
}

function difference(index: number, result: Tensor | undefined, expected: Tensor): string | undefined {
  const [got, wanted] = [Array.from(result?.dataSync() ?? []), Array.from(expected.dataSync())];
  const scale = wanted.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1e-6);
  const at = wanted.findIndex((x, i) => {
    const y = got[i] ?? Number.NaN;
    return !Object.is(x, y) && x !== y && !(Math.abs(x - y) <= tolerance * scale);
  });
  return at < 0 ? undefined : `result ${index} at ${at} is ${got[at]} instead of ${wanted[at]}`;
}
