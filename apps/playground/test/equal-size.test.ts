/** Models of equal size: the formula counts what the models have, and the nearest size is found. */
import { Generator } from "tapegrad";
import { describe, expect, it } from "vitest";
import { cells } from "../src/engine/cells.ts";
import { hiddenFor, parametersOf, type SizedCell } from "../src/engine/equal-size.ts";
import { SequenceModel } from "../src/engine/sequence-model.ts";
import type { Elements } from "../src/engine/tasks/task.ts";

const names: readonly SizedCell[] = ["RNN", "LSTM", "GRU", "GRU, reset before"];
const tokens: Elements = { kind: "tokens", vocabulary: [..."abcdefg"] };
const numbers: Elements = { kind: "numbers", names: ["value", "mark"] };
const shapes = [
  { input: tokens, output: tokens, layers: 1 },
  { input: tokens, output: numbers, layers: 3 },
  { input: numbers, output: tokens, layers: 2 },
];

describe("parametersOf", () => {
  it.each(names)("counts the Parameters of a model of %s", (cell) => {
    for (const sizes of shapes) {
      const model = new SequenceModel({ ...sizes, hidden: 5 }, cells[cell], new Generator(1));
      const count = model.parameters().reduce((sum, { size }) => sum + size, 0);
      expect(parametersOf(cell, 5, sizes)).toBe(count);
    }
  });
});

describe("hiddenFor", () => {
  it("gives back the size of a model of the same cell", () => {
    for (const cell of names)
      for (const sizes of shapes)
        for (const hidden of [1, 4, 17, 128])
          expect(hiddenFor(cell, parametersOf(cell, hidden, sizes), sizes)).toBe(hidden);
  });

  it("comes nearer than one unit more or less", () => {
    for (const sizes of shapes) {
      const wanted = parametersOf("LSTM", 16, sizes);
      for (const cell of names) {
        const hidden = hiddenFor(cell, wanted, sizes);
        const off = (units: number) => Math.abs(parametersOf(cell, units, sizes) - wanted);
        expect(off(hidden)).toBeLessThanOrEqual(Math.min(off(hidden - 1), off(hidden + 1)));
      }
    }
  });

  it("is never nothing", () => {
    for (const cell of names) expect(hiddenFor(cell, 0, { input: tokens, output: tokens, layers: 1 })).toBe(1);
  });
});
