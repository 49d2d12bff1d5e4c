/** Cells around cells: what is dropped, kept, added and stacked, step by step. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { ShapeError, setBackend, setDefaultDType, TapegradError, type Tensor } from "@tapegrad/core";
import {
  type Cell,
  GRUCell,
  LSTMCell,
  Recurrent,
  ResidualCell,
  RNNCell,
  StackedCell,
  VariationalDropout,
  VariationalDropoutCell,
  ZoneoutCell,
} from "@tapegrad/nn";
import { add, Generator, mul, ones, slice } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame } from "./comparison.ts";
import { rows, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [input, hidden, batch, time] = [3, 4, 2, 6];
const draw = (seed = 81) => new Generator(seed).normal([batch, time, input]);

describe("VariationalDropoutCell", () => {
  /** Passes h through and remembers nothing else: its output is what was left of h. */
  const passing: Cell<{ h: Tensor }> = {
    initialState: (size) => ({ h: ones([size, 64]) }),
    step: (_, { h }) => ({ output: h, state: { h: ones(h.shape) } }),
  };

  it("drops the same entries at every step, others in the next sequence, and scales up what stays", () => {
    const recurrent = new Recurrent(new VariationalDropoutCell(passing, 0.25, { generator: new Generator(82) }));
    const { output } = recurrent.forward(draw());
    const steps = Array.from({ length: time }, (_, t) => values(slice(output, [0, t], [batch, t + 1])));
    for (const step of steps) expect(step).toEqual(steps[0]);
    expect(new Set(steps[0])).toEqual(new Set([0, 1 / 0.75]));
    expect(values(recurrent.forward(draw()).output)).not.toEqual(values(output));
  });

  it("keeps its mask when a sequence is read in pieces", () => {
    const make = () =>
      new Recurrent(
        new VariationalDropoutCell(new LSTMCell(input, hidden, { generator: new Generator(83) }), 0.5, {
          generator: new Generator(84),
        }),
      );
    const whole = make().forward(draw());
    const pieces = make();
    const first = pieces.forward(slice(draw(), [0, 0], [batch, 2]));
    const second = pieces.forward(slice(draw(), [0, 2]), { state: first.state });
    expectSame(second.output, slice(whole.output, [0, 2]));
    expectSame(second.state, whole.state);
  });

  it("in evaluation is the cell itself", () => {
    const cell = new GRUCell(input, hidden, { generator: new Generator(85) });
    const wrapped = new Recurrent(new VariationalDropoutCell(cell, 0.5)).eval();
    expectSame(wrapped.forward(draw()).output, new Recurrent(cell).forward(draw()).output);
  });

  it("compiled draws a new mask at every call, the ones that are drawn eagerly", () => {
    const make = () => new Recurrent(new VariationalDropoutCell(passing, 0.5, { generator: new Generator(86) }));
    const [eager, compiled] = [make(), make()];
    const run = compile((x: Tensor) => compiled.forward(x).output);
    for (let call = 0; call < 3; call++) expectSame(run(draw()), eager.forward(draw()).output);
  });
});

describe("VariationalDropout", () => {
  it.each([false, true])("drops whole features of a sequence (time-major: %s)", (timeMajor) => {
    const layer = new VariationalDropout(0.5, { timeMajor, generator: new Generator(87) });
    const dropped = layer.forward(ones(timeMajor ? [time, batch, 32] : [batch, time, 32]));
    const step = (t: number) =>
      values(timeMajor ? slice(dropped, [t], [t + 1]) : slice(dropped, [0, t], [batch, t + 1]));
    for (let t = 1; t < time; t++) expect(step(t)).toEqual(step(0));
    expect(new Set(step(0))).toEqual(new Set([0, 2]));
    expect(step(0).slice(0, 32)).not.toEqual(step(0).slice(32));
    const x = ones([batch, time, 2]);
    expect(layer.eval().forward(x)).toBe(x);
  });

  it("needs a time axis", () => {
    expect(() => new VariationalDropout(0.5).forward(ones([3]))).toThrow(
      new ShapeError("VariationalDropout", "not a batch of sequences: [3] (rank 1 < 2)", "give it [batch, time, …]"),
    );
  });
});

describe("ZoneoutCell", () => {
  const cell = () => new LSTMCell(input, hidden, { generator: new Generator(88) });
  const start = () => ({ h: new Generator(89).normal([batch, hidden]), c: new Generator(90).normal([batch, hidden]) });
  const x = () => new Generator(91).normal([batch, input]);

  it("in training every entry of the state is old or new, and the output is the state", () => {
    const zoned = new ZoneoutCell(cell(), 0.5, { generator: new Generator(92) }).step(x(), start());
    const [fresh, old] = [cell().step(x(), start()).state, start()];
    for (const name of ["h", "c"] as const) {
      const [now, next, last] = [values(zoned.state[name]), values(fresh[name]), values(old[name])];
      const kept = now.map((value, i) => value === last[i]);
      expect(now.every((value, i) => value === (kept[i] ? last[i] : next[i]))).toBe(true);
      expect(new Set(kept)).toEqual(new Set([true, false]));
    }
    expect(zoned.output).toBe(zoned.state.h);
  });

  it("draws anew at every step", () => {
    const counting: Cell<{ n: Tensor }> = {
      initialState: (size) => ({ n: mul(0, ones([size, 50])) }),
      step: (_, { n }) => ({ output: n, state: { n: add(n, 1) } }),
    };
    const { state } = new Recurrent(new ZoneoutCell(counting, 0.5, { generator: new Generator(93) })).forward(draw());
    expect(new Set(values(state.n)).size).toBeGreaterThan(3);
  });

  it("in evaluation is the expectation, with a probability of its own for each tensor", () => {
    const zoned = new ZoneoutCell(cell(), { c: 0.3 }).eval().step(x(), start());
    const [fresh, old] = [cell().step(x(), start()), start()];
    expectSame(zoned.state.h, fresh.state.h);
    expectSame(zoned.output, fresh.output);
    expectSame(zoned.state.c, add(mul(0.3, old.c), mul(0.7, fresh.state.c)));
  });

  it("says what is wrong", () => {
    expect(() => new ZoneoutCell(cell(), 1)).toThrow(
      new TapegradError("ZoneoutCell", "not a probability of being dropped: 1", "use 0 ≤ p < 1"),
    );
    expect(() => new ZoneoutCell(cell(), { z: 0.5 }).step(x(), start())).toThrow(
      new TapegradError("ZoneoutCell", "the state has no z", "name one of h, c"),
    );
  });
});

describe("ResidualCell", () => {
  it("adds its input to the output and leaves the state alone", () => {
    const cell = new GRUCell(input, input, { generator: new Generator(94) });
    const [x, state] = [new Generator(95).normal([batch, input]), cell.initialState(batch)];
    const [plain, residual] = [cell.step(x, state), new ResidualCell(cell).step(x, state)];
    expectSame(residual, { output: add(x, plain.output), state: plain.state });
  });

  it("says when the widths differ", () => {
    const cell = new ResidualCell(new RNNCell(3, 4));
    expect(() => cell.step(ones([2, 3]), cell.initialState(2))).toThrow(
      new ShapeError(
        "ResidualCell",
        "input and output differ: [2,3] and [2,4]",
        "wrap a cell whose output is as wide as its input",
      ),
    );
  });
});

describe("StackedCell", () => {
  it("is one cell on top of the other", () => {
    const generator = new Generator(96);
    const [lower, upper] = [new LSTMCell(input, hidden, { generator }), new GRUCell(hidden, 2, { generator })];
    const stacked = new Recurrent(new StackedCell([lower, upper])).forward(draw());
    const below = new Recurrent(lower).forward(draw());
    const above = new Recurrent(upper).forward(below.output);
    expectSame(stacked, { output: above.output, state: [below.state, above.state] });
  });

  it("types the state of every cell, and finds Parameters and modes inside", () => {
    const zoned = new ZoneoutCell(new GRUCell(hidden, 2), 0.5);
    const cell = new StackedCell([new LSTMCell(input, hidden), zoned]);
    const [{ c }, { h }] = cell.initialState(batch);
    expect([c.shape, h.shape]).toEqual([
      [batch, hidden],
      [batch, 2],
    ]);
    expect(Array.from(cell.namedParameters(), ([name]) => name)).toContain("cells.1.cell.weight_hh");
    expect([cell.eval().training, zoned.training]).toEqual([false, false]);
  });
});

it("wrappers nest", () => {
  const generator = new Generator(97);
  const cell = new ResidualCell(
    new ZoneoutCell(new VariationalDropoutCell(new LSTMCell(input, input, { generator }), 0.3, { generator }), 0.2, {
      generator,
    }),
  );
  const { output, state } = new Recurrent(cell).forward(draw(), { lengths: [time, 2] });
  expect(output.shape).toEqual([batch, time, input]);
  expect(state.inner.c.shape).toEqual([batch, input]);
  expect(rows(state.kept)).toHaveLength(batch);
  expect(values(slice(output, [1, 2], [2, time])).every((value) => value === 0)).toBe(true);
});
