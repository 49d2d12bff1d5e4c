/** Resets cut a sequence in two: what comes after one knows nothing of what was before, in values and in gradients. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { DTypeError, ShapeError, setBackend, setDefaultDType, type Tensor, tensor, treeMap } from "@tapegrad/core";
import { GRU, LSTM, type SequenceOptions } from "@tapegrad/nn";
import { concat, Generator, slice, transpose } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, gradients } from "./comparison.ts";
import { input, type SequenceModule, sequenceCases } from "./sequences.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time] = [2, 6];
/** Where sequences begin: the first row holds three, the second two. */
const begins = [
  [0, 2, 3],
  [0, 5],
];
const resets = () =>
  tensor(
    Uint8Array.from({ length: batch * time }, (_, i) => Number(begins[Math.floor(i / time)]?.includes(i % time))),
    { shape: [batch, time], dtype: "bool" },
  );
const draw = () => new Generator(51).normal([batch, time, input]);

function ran(module: SequenceModule, x: Tensor, options: SequenceOptions<unknown>) {
  const { output, state } = module.forward(x, options);
  return { output, state };
}

/** Single layers in one direction have the state of the row's last sequence, or, backwards, of its first. */
const simple = sequenceCases.filter(({ name }) => !/both directions|Bidirectional/.test(name));

describe.each(simple)("$name", ({ name, make, batchAxis }) => {
  /** Each sequence by itself. */
  function apart(module: SequenceModule, x: Tensor) {
    const rows = begins.map((starts, row) => {
      const ends = [...starts.slice(1), time];
      const results = starts.map((start, i) => module.forward(slice(x, [row, start], [row + 1, ends[i]])));
      const last = results.at(name.endsWith("backwards") ? 0 : -1);
      return {
        output: concat(
          results.map(({ output }) => output),
          { axis: 1 },
        ),
        state: last?.state,
      };
    });
    return {
      output: concat(rows.map(({ output }) => output)),
      state: treeMap((...leaves: Tensor[]) => concat(leaves, { axis: batchAxis }), ...rows.map(({ state }) => state)),
    };
  }

  it("results and gradients are those of the sequences one by one", () => {
    const [module, x] = [make(), draw()];
    const sources = [x, ...module.parameters()];
    const given = { resets: resets() };
    expectSame(ran(module, x, given), apart(module, x));
    expectSame(
      gradients(() => ran(module, x, given), sources),
      gradients(() => apart(module, x), sources),
    );
  });

  it("compiled is the same", () => {
    const [module, x] = [make(), draw()];
    const run = (values: Tensor, where: Tensor) => ran(module, values, { resets: where });
    expectSame(compile(run)(x, resets()), run(x, resets()));
  });
});

it("in both directions, sequences of one row do not see each other", () => {
  const layer = new LSTM(input, 4, { layers: 2, bidirectional: true, generator: new Generator(52) });
  const x = draw();
  const rows = begins.map((starts, row) => {
    const ends = [...starts.slice(1), time];
    return concat(
      starts.map((start, i) => layer.forward(slice(x, [row, start], [row + 1, ends[i]])).output),
      { axis: 1 },
    );
  });
  expectSame(layer.forward(x, { resets: resets() }).output, concat(rows));
});

it("with lengths: a reset in the padding does nothing, and a given state counts until the first reset", () => {
  const layer = new GRU(input, 4, { generator: new Generator(53) });
  const x = draw();
  const state = { h: new Generator(54).normal([1, batch, 4]) };
  const late = tensor(
    [
      [false, false, true, false, false, false],
      [false, false, false, false, false, true],
    ],
    {},
  );
  const { output, state: final } = layer.forward(x, { state, lengths: [4, 3], resets: late });
  const row = (leaf: Tensor, index: number) => slice(leaf, [0, index], [1, index + 1]);
  const before = layer.forward(slice(x, [0, 0], [1, 2]), { state: treeMap((h: Tensor) => row(h, 0), state) });
  const after = layer.forward(slice(x, [0, 2], [1, 4]));
  expectSame(slice(output, [0, 0], [1, 4]), concat([before.output, after.output], { axis: 1 }));
  expectSame(row(final.h, 0), after.state.h);
  const other = layer.forward(slice(x, [1, 0], [2, 3]), { state: treeMap((h: Tensor) => row(h, 1), state) });
  expectSame(row(final.h, 1), other.state.h);
});

it("time-major resets are [time, batch]", () => {
  const layer = new GRU(input, 4, { generator: new Generator(55) });
  const other = new GRU(input, 4, { timeMajor: true, generator: new Generator(55) });
  const x = draw();
  const { output } = other.forward(transpose(x, [1, 0, 2]), { resets: transpose(resets()) });
  expectSame(transpose(output, [1, 0, 2]), layer.forward(x, { resets: resets() }).output);
});

it("says what is wrong with resets", () => {
  const layer = new GRU(input, 4);
  expect(() => layer.forward(draw(), { resets: tensor([[1, 0]]) })).toThrow(
    new DTypeError("GRU", "resets are float64, not bool", 'use cast(resets, "bool")'),
  );
  expect(() => layer.forward(draw(), { resets: tensor([true, false]) })).toThrow(
    new ShapeError("GRU", "resets do not fit: [2], not [2,6]", "give [batch, time]"),
  );
});
