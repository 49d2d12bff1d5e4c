/** The values inside a step are those that the cell itself computes with. */
import { compile, Generator, MinimalGRUCell, noGrad, type Tensor, zeros } from "tapegrad";
import { describe, expect, test } from "vitest";
import { numbersOf } from "../src/engine/arrays.ts";
import { cells } from "../src/engine/cells.ts";
import { gatesOf, gatesOverTime, innerStep } from "../src/engine/gates.ts";

const batch = 2;
const sizes = { input: 3, hidden: 4 };
const names = { RNN: "ah", LSTM: "ifgoch", GRU: "rznh", "GRU, reset before": "rznh" } as const;

describe.each(Object.entries(cells))("%s", (name, make) => {
  const generator = new Generator(7);
  const cell = make(sizes.input, sizes.hidden, generator);
  const x = generator.normal([batch, 5, sizes.input]);
  const at = (t: number) => x.slice([0, t], [batch, t + 1]).squeeze({ axis: 1 });
  const start = cell.step(at(0), cell.initialState(batch)).state;

  test("ends in the state that the cell's own step ends in", () => {
    const inner = innerStep(cell, at(1), start);
    const { state } = cell.step(at(1), start);
    expect(Object.keys(inner?.state ?? {})).toEqual(Object.keys(state));
    for (const [part, value] of Object.entries<Tensor>({ ...state }))
      closeTo(Object.entries<Tensor>({ ...inner?.state }).find(([key]) => key === part)?.[1], value);
  });

  test("names the values of its equations, in their order, as plain arrays", () => {
    const values = gatesOf(cell, at(1), start);
    expect(Object.keys(values ?? {}).join("")).toBe(Object.entries(names).find(([key]) => key === name)?.[1]);
    for (const value of Object.values(values ?? {})) expect(value).toHaveLength(batch * sizes.hidden);
  });

  test("gives over time, compiled, what it gives step by step", () => {
    const overTime = compile((sequence: Tensor) => gatesOverTime(cell, sequence, cell.initialState(batch)))(x);
    let state = cell.initialState(batch);
    for (let t = 0; t < 5; t++) {
      const inner = noGrad(() => innerStep(cell, at(t), state));
      for (const [key, value] of Object.entries(inner?.values ?? {})) {
        const course = Object.entries(overTime ?? {}).find(([other]) => other === key)?.[1];
        closeTo(course?.slice([0, t], [batch, t + 1]).squeeze({ axis: 1 }), value);
      }
      state = inner?.state ?? state;
    }
  });

  test("computes what follows from values that are held: with all at 0, h is 0", () => {
    const open = innerStep(cell, at(1), start);
    const closed = innerStep(cell, at(1), start, (key, value) => (key === "h" ? value : value.mul(0)));
    expect(open?.state.h.abs().max().itemSync()).toBeGreaterThan(0);
    expect(closed?.state.h.abs().max().itemSync()).toBe(0);
  });
});

test("a cell that is none of them has no names", () => {
  const cell = new MinimalGRUCell(2, 3);
  expect(gatesOf(cell, zeros([1, 2]), cell.initialState(1))).toBeUndefined();
  expect(gatesOverTime(cell, zeros([1, 4, 2]), cell.initialState(1))).toBeUndefined();
});

function closeTo(actual: Tensor | undefined, expected: Tensor) {
  const values = actual && numbersOf(actual);
  for (const [index, value] of numbersOf(expected).entries()) expect(values?.[index]).toBeCloseTo(value, 6);
}
