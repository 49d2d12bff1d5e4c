/** Padding never has a say: a padded batch is its sequences one by one, even with NaN in the padding. */
import { compile, vmap } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { DTypeError, ShapeError, setBackend, setDefaultDType, type Tensor, tensor, treeMap } from "@tapegrad/core";
import { LSTM, LSTMCell, Recurrent, type SequenceOptions } from "@tapegrad/nn";
import { concat, Generator, pad, slice, stack, transpose } from "@tapegrad/ops";
import { beforeEach, describe, expect, it } from "vitest";
import { expectSame, gradients } from "./comparison.ts";
import { values } from "./plain.ts";
import { input, type SequenceModule, sequenceCases } from "./sequences.ts";

beforeEach(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time] = [4, 5];
/** The longest is shorter than the padded length, and one is empty. */
const lengths = [2, 4, 0, 1];
const int32 = (numbers: readonly number[]) => tensor(Int32Array.from(numbers));

/** The same numbers with NaN after the end of each sequence. */
function withNaN(x: Tensor): Tensor {
  const width = x.size / (batch * time);
  const isPadding = (i: number) => Math.floor(i / width) % time >= (lengths[Math.floor(i / (width * time))] ?? 0);
  const data = values(x).map((value, i) => (isPadding(i) ? Number.NaN : value));
  return tensor(data, { shape: x.shape });
}

const draw = (seed = 41) => new Generator(seed).normal([batch, time, input]);

/** What a module makes of a batch. */
function ran(module: SequenceModule, x: Tensor, options: SequenceOptions<unknown>) {
  const { output, state } = module.forward(x, options);
  return { output, state };
}

/** Each sequence without its padding, by itself; outputs are padded with zeros afterwards. */
function oneByOne(module: SequenceModule, x: Tensor, batchAxis: number) {
  const results = lengths.map((length, row) => module.forward(slice(x, [row, 0], [row + 1, length])));
  const outputs = results.map(({ output }, row) =>
    pad(output, [
      [0, 0],
      [0, time - (lengths[row] ?? 0)],
      [0, 0],
    ]),
  );
  const states = results.map(({ state }) => state);
  return {
    output: concat(outputs),
    state: treeMap((...leaves: Tensor[]) => concat(leaves, { axis: batchAxis }), ...states),
  };
}

describe.each(sequenceCases)("$name", ({ make, batchAxis }) => {
  it("results and gradients are those of the sequences one by one", () => {
    const [module, x] = [make(), draw()];
    const [padded, given] = [withNaN(x), { lengths }];
    expectSame(ran(module, padded, given), oneByOne(module, x, batchAxis));
    const [parameters, names] = [module.parameters(), [...module.namedParameters()].length];
    expect(parameters).toHaveLength(names);
    expectSame(
      gradients(() => ran(module, padded, given), [padded, ...parameters]),
      gradients(() => oneByOne(module, x, batchAxis), [x, ...parameters]),
    );
  });

  it("compiled is the same, with lengths as an argument", () => {
    const [module, padded] = [make(), withNaN(draw())];
    const both = (x: Tensor, given: Tensor | readonly number[]) => ({
      result: ran(module, x, { lengths: given }),
      gradients: gradients(() => ran(module, x, { lengths: given }), [x, ...module.parameters()]),
    });
    const eager = both(padded, lengths);
    const compiled = compile(both);
    expectSame(compiled(padded, int32(lengths)), eager);
    expectSame(compiled(padded, lengths), eager);
  });
});

it("under vmap, each entry has its own lengths", () => {
  const module = new Recurrent(new LSTMCell(input, 3, { generator: new Generator(42) }));
  const [a, b] = [withNaN(draw(43)), draw(44)];
  const run = (x: Tensor, given: Tensor) => module.forward(x, { lengths: given });
  const both = vmap(run)(stack([a, b]), stack([int32(lengths), int32([5, 5, 5, 5])]));
  const apart = [run(a, int32(lengths)), run(b, int32([5, 5, 5, 5]))];
  expectSame(
    both,
    treeMap((...leaves: Tensor[]) => stack(leaves), ...apart),
  );
});

it("in generated machine code, in single precision", () => {
  setDefaultDType("float32");
  const train = (x: Tensor, make: () => SequenceModule) => {
    const module = make();
    const both = (padded: Tensor) => ({
      result: ran(module, padded, { lengths }),
      gradients: gradients(() => ran(module, padded, { lengths }), [padded, ...module.parameters()]),
    });
    return { eager: both, compiled: compile(both), x };
  };
  const make = () => new LSTM(input, 4, { layers: 2, bidirectional: true, generator: new Generator(45) });
  const reference = train(withNaN(draw()), make);
  const expected = reference.eager(reference.x);
  setBackend(wasmBackend());
  const generated = train(withNaN(draw()), make);
  expectSame(generated.compiled(generated.x), expected, 1e-5);
});

it("time-major is the same, transposed; no lengths at all are full lengths", () => {
  const options = { layers: 2, bidirectional: true, generator: new Generator(46) } as const;
  const [layer, other] = [new LSTM(input, 4, options), new LSTM(input, 4, { ...options, timeMajor: true })];
  other.loadStateDict(layer.stateDict());
  const x = withNaN(draw());
  const { output, state } = other.forward(transpose(x, [1, 0, 2]), { lengths });
  expectSame({ output: transpose(output, [1, 0, 2]), state }, layer.forward(x, { lengths }));
  expectSame(layer.forward(draw(), { lengths: new Array<number>(batch).fill(time) }), layer.forward(draw()));
});

it("a given state is that of a sequence without steps, and dropout leaves zeros in the padding", () => {
  const layer = new LSTM(input, 4, { layers: 2, dropout: 0.5, generator: new Generator(47) });
  const state = { h: new Generator(48).normal([2, batch, 4]), c: new Generator(49).normal([2, batch, 4]) };
  const result = layer.forward(withNaN(draw()), { state, lengths });
  const third = (leaf: Tensor) => slice(leaf, [0, 2], [2, 3]);
  expectSame(treeMap(third, result.state), treeMap(third, state));
  expect(values(slice(result.output, [0, 2], [1, time])).every((value) => value === 0)).toBe(true);
});

it("says what is wrong with lengths", () => {
  const layer = new LSTM(input, 4);
  const run = (given: Tensor | readonly number[]) => () => layer.forward(draw(), { lengths: given });
  expect(run([1, 2])).toThrow(
    new ShapeError("LSTM", "lengths do not fit: [2], not [4]", "give one for each sequence of the batch"),
  );
  expect(run([1, 2, 3, 6])).toThrow(new ShapeError("LSTM", "a length is outside the sequence: 6 of 5 steps"));
  expect(run([1, 2, 3, -1])).toThrow(ShapeError);
  expect(run([1, 2, 3, 0.5])).toThrow(DTypeError);
  expect(run(tensor([1, 2, 3, 4]))).toThrow(
    new DTypeError("LSTM", "lengths are float64, not int32", 'use cast(lengths, "int32")'),
  );
});
