/** What the Inside lens asks of the engine: steps as the model computes them, values that are held, lines of the tape, presets. */
import { GRUCell, noGrad } from "tapegrad";
import { describe, expect, test } from "vitest";
import { reading } from "../src/engine/answers/reading.ts";
import { permitOwnCells } from "../src/engine/cells.ts";
import { ownCells } from "../src/engine/own-cell/evaluate-cell.ts";
import { Session } from "../src/engine/session.ts";
import { type CellName, defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { inside } from "../src/lenses/inside/answer.ts";
import type { Held } from "../src/lenses/inside/answer-course.ts";
import { bothGRUs, forgetting } from "../src/lenses/inside/answer-presets.ts";
import { tapeOfStep } from "../src/lenses/inside/answer-tape.ts";
import { equationOf } from "../src/lenses/inside/formula.ts";
import { outcomeAt } from "../src/lenses/inside/outcome.ts";

const cellNames = ["RNN", "LSTM", "GRU", "GRU, reset before"] as const satisfies readonly CellName[];
const text = "a rose is a rose is a rose, said she. ".repeat(4);
const position = 70;
const unit = 2;

function trained(change: Partial<RunSettings>): Session {
  const session = new Session({ ...defaultSettings, task: { kind: "text", text }, layers: 2, hidden: 5, ...change });
  for (let step = 0; step < 20; step++) session.step();
  return session;
}

describe.each(cellNames)("%s", (cell) => {
  const session = trained({ cell });
  const free = inside(session, { position, layer: 1, unit, held: undefined });
  const names = Object.keys(free.step.values) as (keyof typeof free.step.values)[];

  test("a step ends in the state that the model itself has there, and the outputs are the model's", () => {
    const { start, hidden, outputs } = reading(session, { position });
    expect(free.start).toBe(start);
    const at = free.time * 5;
    closeTo(free.step.values.h, hidden[1]?.subarray(at, at + 5));
    closeTo(free.step.h, hidden[1]?.subarray(at - 5, at));
    closeTo(free.step.x, hidden[0]?.subarray(at, at + 5));
    closeTo(free.outputs, outputs);
  });

  test("every equation, with its numbers in place, gives what the engine computed", () => {
    for (const name of names) {
      for (const each of [0, unit, 4]) {
        const { step } = inside(session, { position, layer: 1, unit: each, held: undefined });
        const equation = equationOf(name, cell, step, each);
        expect(equation?.free, `${name} of unit ${each}`).toBeCloseTo(step.values[name]?.[each] ?? Number.NaN, 5);
      }
    }
  });

  test("what is held changes everything after it and nothing before", () => {
    for (const name of names) {
      const held: Held = { position, layer: 1, name, unit: "all", value: 0.25 };
      const { step, outputs, freeOutputs, time } = inside(session, { position, layer: 1, unit, held });
      expect(step.values[name]).toEqual(new Float32Array(5).fill(0.25));
      closeTo(freeOutputs, free.outputs);
      const width = outputs.length / free.inputLabels.length;
      closeTo(outputs.subarray(0, time * width), free.outputs.subarray(0, time * width));
      expect(farthest(outputs, free.outputs), name).toBeGreaterThan(1e-4);
      // The equations of what depends on it still hold.
      for (const after of names.slice(names.indexOf(name) + 1)) {
        const equation = equationOf(after, cell, step, unit);
        expect(equation?.free, `${after} after ${name}`).toBeCloseTo(step.values[after]?.[unit] ?? Number.NaN, 5);
      }
    }
  });

  test("one unit can be held alone, in the layer below as well", () => {
    const held: Held = { position: position - 2, layer: 0, name: "h", unit, value: -1 };
    const here = inside(session, { position: position - 2, layer: 0, unit, held });
    const without = inside(session, { position: position - 2, layer: 0, unit, held: undefined });
    expect(here.step.values.h?.[unit]).toBe(-1);
    expect(here.step.values.h?.[0]).toBeCloseTo(without.step.values.h?.[0] ?? Number.NaN, 6);
    const later = inside(session, { position, layer: 1, unit, held });
    expect(farthest(later.step.values.h ?? [], free.step.values.h ?? [])).toBeGreaterThan(1e-5);
  });

  test("the tape's lines are those of the cell's own step, by name where the equations have one", () => {
    const lines = tapeOfStep(session, { position, layer: 1 });
    for (const name of names) {
      const line = lines.find((candidate) => candidate.name === name);
      closeTo(line?.values, free.step.values[name]);
    }
    expect(lines[0]).toMatchObject({ result: "%0", op: "matmul", inputs: ["x", "weight_ih"] });
    expect(lines.at(-1)?.name).toBe("h");
  });
});

test("a hold that the model has no place for holds nothing", () => {
  const session = trained({ cell: "GRU" });
  const nowhere: readonly Partial<Held>[] = [{ name: "f" }, { layer: 7 }, { unit: 5 }, { position: 2 }];
  for (const change of nowhere) {
    const held: Held = { position, layer: 0, name: "z", unit: 0, value: 1, ...change };
    expect(inside(session, { position, layer: 0, unit: 0, held }).isHeld).toBe(false);
  }
});

test("of a cell of one's own the state and the tape are known, and no equation", () => {
  permitOwnCells(ownCells);
  const session = new Session({ ...defaultSettings, cell: "own" });
  const { step, course } = inside(session, { position: 2, layer: 0, unit, held: undefined });
  expect(Object.keys(course)).toEqual(["h"]);
  closeTo(step.values.h?.subarray(unit, unit + 1), course.h?.subarray(2, 3));
  expect(equationOf("h", "own", step, unit)).toBeUndefined();
  expect(tapeOfStep(session, { position: 2, layer: 0 }).length).toBeGreaterThan(2);
});

test("the forget gate's example", () => {
  const left = forgetting(trained({}), { state: [3, 5, -2], gate: [0.7, 0.4, 0.8] });
  expect(Array.from(left, (value) => Number(value.toFixed(6)))).toEqual([2.1, 2, -1.6]);
});

test.each(["GRU", "LSTM"] as const)("both GRUs at the step of a run of %s", (cell) => {
  const session = trained({ cell });
  const by = (reset: number | undefined) => bothGRUs(session, { position, layer: 0, reset });
  expect(by(undefined).isOfRun).toBe(cell === "GRU");
  closeTo(by(1).after.values.h, by(1).before.values.h);
  const { after, before } = by(0);
  expect(farthest(after.memory, new Float32Array(5))).toBe(0);
  expect(farthest(before.memory, new Float32Array(5))).toBeGreaterThan(0.01);
  const own = session.model.layers[0]?.cell;
  if (!(own instanceof GRUCell)) return;
  // Where the product comes last, the bias d of the candidate is all that is left.
  closeTo(before.memory, Float32Array.from(noGrad(() => own.bias_hh?.value.slice([10], [15]).dataSync()) ?? []));
  closeTo(by(undefined).after.values.h, inside(session, { position, layer: 0, unit, held: undefined }).step.values.h);
});

test("what the network says is the likeliest token, and the loss is that of the right one", () => {
  const output = { kind: "tokens", vocabulary: ["a", "b"] } as const;
  expect(outcomeAt([0.25, 0.75, 0.5, 0.5], 0, "a", output)).toEqual({
    says: "b",
    probability: 0.75,
    wanted: "a",
    loss: 2,
  });
  expect(outcomeAt([0.25, 0.75], 0, "", output).loss).toBeUndefined();
  expect(outcomeAt([1.5], 0, "1", { kind: "numbers", names: ["sum"] })).toMatchObject({ says: "1.50", loss: 0.25 });
});

function closeTo(actual: ArrayLike<number> | undefined, expected: ArrayLike<number> | undefined) {
  expect(actual).toHaveLength(expected?.length ?? Number.NaN);
  expect(farthest(actual ?? [], expected ?? [])).toBeLessThan(1e-5);
}

function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(0, ...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
}
