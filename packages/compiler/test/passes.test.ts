/** The list of passes: each row relies on rows before it, and without it some training step gets worse. */
import { readdirSync, readFileSync } from "node:fs";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { bytesPerElement, Program, setBackend, UnsupportedError } from "@tapegrad/core";
import { beforeAll, describe, expect, it } from "vitest";
import { costOf, decompose, optimize, passes, passNotes, planMemory, type Storage, schedule } from "../src/index.ts";
import { target } from "./target.ts";
import { trainingSteps } from "./training-steps.ts";

beforeAll(() => setBackend(cpuBackend));

/** What a training step takes, each to be small. */
interface Measures {
  readonly nodes: number;
  readonly kernels: number;
  readonly operations: number;
  readonly bytes: number;
  readonly arena: number;
}

function nodesOf({ nodes }: Program): number {
  const bodies = nodes.flatMap(({ attributes }) => Object.values(attributes).filter((body) => body instanceof Program));
  return bodies.reduce((total, body) => total + nodesOf(body), nodes.length);
}

const bytesOf = ({ elements, dtype }: Storage) => elements * bytesPerElement(dtype);

/** Undefined where the Program cannot be scheduled. */
function measure(program: Program): Measures | undefined {
  try {
    const { steps, inputs, outputs } = schedule(decompose(program), target);
    const { kernels, operations, bytes } = costOf(steps);
    const { end } = planMemory(steps, { inputs, outputs, bytesOf });
    return { nodes: nodesOf(program), kernels, operations, bytes, arena: end };
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}

/** The measures in which `found` is worse, as `kernels × 1.2`. */
function worseIn(found: Measures | undefined, expected: Measures): string[] {
  if (found === undefined) return ["cannot be scheduled"];
  const names = ["nodes", "kernels", "operations", "bytes", "arena"] as const;
  return names
    .filter((name) => found[name] > expected[name])
    .map((name) => `${name} × ${(found[name] / expected[name]).toPrecision(3)}`);
}

describe("without a row of the list, some training step gets worse", () => {
  /** By training step: what each row was given, and the measures at the end. */
  const steps: { readonly name: string; readonly given: readonly Program[]; readonly measures: Measures }[] = [];

  beforeAll(() => {
    for (const [name, make] of Object.entries(trainingSteps)) {
      const given = [make()];
      for (const { pass } of passes) given.push(pass(given.at(-1) ?? make()));
      const measures = measure(given.at(-1) ?? make());
      if (measures === undefined) throw new Error(`${name} was scheduled`);
      steps.push({ name, given, measures });
    }
  });

  it.each(passes.map(({ name }, row) => [row, name] as const))("row %i, %s", (row) => {
    const worse = steps.flatMap(({ name, given, measures }) => {
      const start = given[row];
      if (start === undefined || start === given[row + 1]) return [];
      const without = passes.slice(row + 1).reduce((program, { pass }) => pass(program), start);
      return worseIn(measure(without), measures).map((measured) => `${name}: ${measured}`);
    });
    expect(worse, "a row that changes nothing goes").not.toEqual([]);
  });
});

it("weights [out, in] and [in, out] end with the same kernels, operations and bytes", () => {
  const [outputsFirst, inputsFirst] = (["[out, in]", "[in, out]"] as const).map((notation) => {
    const { kernels, operations, bytes, arena } =
      measure(optimize(trainingSteps[`textbook LSTM, weights ${notation}`]())) ?? {};
    return { kernels, operations, bytes, arena };
  });
  expect(outputsFirst).toEqual(inputsFirst);
  expect(outputsFirst?.kernels).toBeGreaterThan(0);
});

it.each(passes.map(({ name }, row) => [name, row] as const))(
  "%s stands after the passes that it relies on",
  (name, row) => {
    const before = new Set<string>(passes.slice(0, row).map((other) => other.name));
    expect(passNotes[name].after.filter((other) => !before.has(other))).toEqual([]);
  },
);

it.each(Object.keys(passNotes))("the docstring of %s begins with its equation", (name) => {
  const folder = new URL("../src/", import.meta.url);
  const sources = readdirSync(folder, { encoding: "utf8", recursive: true })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(new URL(file, folder), "utf8"));
  const [docstring] = sources.flatMap((text) => text.split(new RegExp(`^export const ${name}\\b`, "m")).slice(0, -1));
  expect(docstring?.slice(docstring.lastIndexOf("/**")).split("\n")[1]).toMatch(/^ \* .*` = .*\.$|^ \* .* = .*`\.?/);
});
