/**
 * What JavaScript lets through: every function, class and method of nn, optim and data, called with a wrong kind of value in the
 * place of each argument, option and leaf. It computes, or throws a TapegradError that names who was called; never a TypeError.
 */
import { isPlainObject } from "@tapegrad/core/internal";
import * as data from "@tapegrad/data";
import * as nn from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { cpu, Generator, Module, Parameter, setBackend, TapegradError, Tensor, tensor, zeros } from "tapegrad";
import { describe, expect, it } from "vitest";

setBackend(await cpu());

/** A call of everything that can be done: arguments that work, and what is done with them. */
interface Case {
  /** The name that errors have. */
  readonly name: string;
  readonly inputs: readonly unknown[];
  readonly run: (...inputs: never[]) => unknown;
}

const generator = new Generator(1);
const [x, sequences] = [zeros([2, 3]), zeros([2, 5, 3])];
const int32 = (values: number[], shape = [values.length]) => tensor(values, { dtype: "int32", shape });
const tokens = int32([0, 1]);
const parameters = () => [new Parameter([1, 2], { name: "weight" }), new Parameter([3], { name: "bias" })];
const gradients = () => [tensor([1, 2]), tensor([3])];
const step = (_: Tensor, state: object) => ({ logits: zeros([2, 3]), state });
const cell = () => new nn.GRUCell(3, 4, { generator });
const state = () => ({ h: zeros([2, 4]) });
const stretch = (before: object, inputs: Tensor) => ({ loss: inputs.sum(), state: before });

function made<Inputs extends never[]>(type: new (...inputs: Inputs) => unknown, ...inputs: readonly unknown[]): Case {
  return { name: type.name, inputs, run: (...given: Inputs) => new type(...given) };
}

function called<Inputs extends never[]>(fn: (...inputs: Inputs) => unknown, ...inputs: readonly unknown[]): Case {
  return { name: fn.name, inputs, run: fn };
}

/** A method of an object that is new for every call. */
function method(name: string, run: (...inputs: never[]) => unknown, ...inputs: readonly unknown[]): Case {
  return { name, inputs, run };
}

const cellOptions = { bias: true, generator };

/** The classes of a package that extend the same one as `example` does. */
function alike<T extends new (...inputs: never[]) => unknown>(all: object, example: T): T[] {
  const parent: unknown = Object.getPrototypeOf(example);
  const isAlike = (value: unknown): value is T =>
    typeof value === "function" && Object.getPrototypeOf(value) === parent;
  return Object.values(all).filter(isAlike);
}

type CellClass = new (...inputs: ConstructorParameters<typeof nn.MinimalGRUCell>) => nn.ModuleCell<object>;
const cells = alike<CellClass>(nn, nn.MinimalGRUCell);
const unroll = { timeMajor: false, checkpointEvery: 2 };
const layerOptions = { ...cellOptions, ...unroll, layers: 2, bidirectional: true, dropout: 0.1 };
const sequence = { lengths: [5, 3], resets: zeros([2, 5], { dtype: "bool" }) };
const drawn = { generator, temperature: 1, topK: 2, topP: 0.9 };
const optimizers = [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad];
const optimizer = (type: (typeof optimizers)[number]) => new type(parameters(), { learningRate: 0.1 });
const schedules = [optim.constant(1), optim.linear(1, 0, { steps: 2 }), optim.cosine(1, { steps: 2 })];

class Standstill extends optim.Optimizer {
  protected update(): void {}
}

class Model extends Module {
  readonly layer = new nn.Linear(3, 3, { generator });
  forward(input: Tensor): Tensor {
    return this.layer.forward(input);
  }
}

const nnCases: readonly Case[] = [
  made(nn.RNNCell, 3, 4, { ...cellOptions, nonlinearity: "relu" }),
  made(nn.LSTMCell, 3, 4, { ...cellOptions, projSize: 2 }),
  made(nn.GRUCell, 3, 4, { ...cellOptions, resetAfter: false }),
  ...cells.map((type) => made(type, 3, 4, cellOptions)),
  ...cells.flatMap((type) => {
    const made = new type(3, 4, { generator });
    return [
      method(type.name, (input, before) => made.step(input, before), x, made.initialState(2)),
      method(type.name, (input, before) => made.forward(input, before), x, made.initialState(2)),
      method(type.name, (batch) => made.initialState(batch), 2),
    ];
  }),
  made(nn.StackedCell, [cell(), new nn.GRUCell(4, 4)]),
  made(nn.VariationalDropoutCell, cell(), 0.5, { generator }),
  made(nn.ZoneoutCell, cell(), { h: 0.5 }, { generator }),
  made(nn.ResidualCell, cell()),
  method("ResidualCell", (input, before) => new nn.ResidualCell(new nn.GRUCell(3, 3)).step(input, before), x, {
    h: zeros([2, 3]),
  }),
  method("StackedCell", (input, before) => new nn.StackedCell([cell()]).step(input, before), x, [state()]),
  method("ZoneoutCell", (input, before) => new nn.ZoneoutCell(cell(), 0.5).step(input, before), x, state()),
  method(
    "VariationalDropoutCell",
    (input, before) => new nn.VariationalDropoutCell(cell(), 0.5).step(input, before),
    x,
    {
      inner: state(),
      kept: zeros([2, 4], { dtype: "bool" }),
    },
  ),
  made(nn.Recurrent, cell(), { ...unroll, reverse: true }),
  method("Recurrent", (input, options) => new nn.Recurrent(cell()).forward(input, options), sequences, {
    ...sequence,
    state: state(),
  }),
  made(nn.Bidirectional, cell(), cell(), { ...unroll, merge: "sum" }),
  method("Bidirectional", (input, options) => new nn.Bidirectional(cell(), cell()).forward(input, options), sequences, {
    ...sequence,
    state: { forwards: state(), backwards: state() },
  }),
  made(nn.RNN, 3, 4, { ...layerOptions, nonlinearity: "tanh" }),
  made(nn.LSTM, 3, 4, { ...layerOptions, projSize: 2 }),
  made(nn.GRU, 3, 4, { ...layerOptions, resetAfter: true }),
  method("GRU", (input, options) => new nn.GRU(3, 4).forward(input, options), sequences, {
    ...sequence,
    state: { h: zeros([1, 2, 4]) },
  }),
  method("LSTM", (input) => new nn.LSTM(3, 4).forward(input), sequences),
  method("RNN", (input) => new nn.RNN(3, 4).forward(input), sequences),
  method("GRU", (batch) => new nn.GRU(3, 4).initialState(batch), 2),
  made(nn.Linear, 3, 4, { bias: true, generator, weight: new Parameter(zeros([4, 3])) }),
  method("Linear", (input) => new nn.Linear(3, 4).forward(input), x),
  made(nn.Embedding, 3, 4, { generator, weight: new Parameter(zeros([3, 4])) }),
  method("Embedding", (input) => new nn.Embedding(3, 4).forward(input), tokens),
  made(nn.LayerNorm, [3], { epsilon: 1e-5, affine: true, bias: true }),
  method("LayerNorm", (input) => new nn.LayerNorm(3).forward(input), x),
  made(nn.Dropout, 0.5, { generator }),
  method("Dropout", (input) => new nn.Dropout(0.5).forward(input), x),
  made(nn.VariationalDropout, 0.5, { generator, timeMajor: true }),
  method("VariationalDropout", (input) => new nn.VariationalDropout(0.5).forward(input), sequences),
  made(nn.Sequential, new nn.Linear(3, 4), (input: Tensor) => input),
  method("Linear", (input) => new nn.Sequential(new nn.Linear(3, 4)).forward(input), x),
  made(nn.AdditiveAttention, 3, 4, 5, { generator }),
  made(nn.DotProductAttention, { scaled: true }),
  made(nn.BilinearAttention, 3, 4, { generator }),
  ...[new nn.AdditiveAttention(3, 3, 5), new nn.DotProductAttention(), new nn.BilinearAttention(3, 3)].map(
    (attention) =>
      method(
        attention.constructor.name,
        (query, memory, options) => attention.forward(query, memory, options),
        x,
        sequences,
        {
          lengths: [5, 3],
        },
      ),
  ),
  called(nn.crossEntropy, x, tokens, { ignoreIndex: -1, labelSmoothing: 0.1, reduction: "sum" }),
  called(nn.mseLoss, x, x, { reduction: "none" }),
  called(nn.huberLoss, x, x, { reduction: "mean", delta: 1 }),
  called(nn.binaryCrossEntropyWithLogits, x, x, { reduction: "mean", weight: x, posWeight: x }),
  called(nn.sample, x, drawn),
  called(nn.generate, step, { h: x }, tokens, { ...drawn, length: 2, end: 0 }),
  called(
    nn.beamSearch,
    (given: Tensor, before: object) => ({ logits: zeros([given.size, 3]), state: before }),
    { h: x },
    tokens,
    {
      beams: 2,
      end: 0,
      maxLength: 2,
      alpha: 1,
      batchAxis: { h: 0 },
    },
  ),
  called(nn.teacherForcing, step, { h: x }, int32([0, 1, 2, 1], [2, 2]), {
    start: 0,
    samplingProbability: 0.5,
    generator,
    temperature: 1,
  }),
  method("bptt", (run, sources, before) => nn.bptt(run, sources)(before, sequences), stretch, [], state()),
  method("truncatedBptt", (run, inputs, options) => [...nn.truncatedBptt(run, inputs, options)], stretch, sequences, {
    window: 2,
    state: state(),
    resets: sequence.resets,
    timeMajor: false,
  }),
  method(
    "overTime",
    (run, options, before, inputs) => nn.overTime(run, options)(before, inputs),
    stretch,
    {
      initial: state(),
      ...unroll,
    },
    state(),
    sequences,
  ),
  method("gradientFlow", (model, inputs, options) => nn.gradientFlow(model, inputs, options), cell(), sequences, {
    loss: (result?: { output: Tensor }) => result?.output.sum(),
    jacobians: true,
  }),
  called(nn.pytorchUniform, generator, [3, 4], { bound: 1 }),
  called(nn.xavierUniform, generator, [3, 4], { gain: 1 }),
  called(nn.xavierNormal, generator, [3, 4], { gain: 1 }),
  called(nn.heUniform, generator, [3, 4], { gain: 1, mode: "fanOut" }),
  called(nn.heNormal, generator, [3, 4], { gain: 1, mode: "fanIn" }),
  called(nn.orthogonal, generator, [3, 4], { gain: 1 }),
  method(
    "perGate",
    (initializer, gates, shape) => nn.perGate(initializer, gates)(generator, shape),
    nn.orthogonal,
    2,
    [4, 2],
  ),
  method("forgetGateBias", (value, shape) => nn.forgetGateBias(value)(generator, shape), 1, [8]),
  method("initialize", (model, random, choice) => nn.initialize(model, random, choice), new Model(), generator, {
    "layer.weight": nn.orthogonal,
  }),
  method("loadStateDict", (given, options) => new Model().loadStateDict(given, options), new Model().stateDict(), {
    strict: false,
  }),
];

const optimCases: readonly Case[] = [
  made(optim.SGD, parameters(), {
    learningRate: 1,
    momentum: 0.9,
    dampening: 0,
    nesterov: true,
    weightDecay: 0,
    groups: [],
  }),
  made(optim.Adam, parameters(), {
    learningRate: 1,
    betas: [0.9, 0.99],
    epsilon: 1e-8,
    amsgrad: true,
    weightDecay: 0.1,
  }),
  made(optim.AdamW, parameters(), { learningRate: schedules[0], betas: [0.9, 0.99], epsilon: 1e-8, amsgrad: true }),
  made(optim.RMSprop, parameters(), { alpha: 0.9, epsilon: 1e-8, momentum: 0.9, centered: true, learningRate: 1 }),
  made(optim.Adagrad, parameters(), {
    learningRateDecay: 0.1,
    initialAccumulator: 0.1,
    epsilon: 1e-8,
    learningRate: 1,
  }),
  method("Standstill", (all, options) => new Standstill(all, options), parameters(), { learningRate: 1 }),
  method(
    "SGD",
    (share, decay) => new optim.SGD(share, { learningRate: 1, groups: [Object.assign({ parameters: share }, decay)] }),
    parameters(),
    { weightDecay: 0, learningRate: 1 },
  ),
  ...optimizers.flatMap((type) => [
    method(type.name, (given) => optimizer(type).step(given), gradients()),
    method(type.name, (rate) => Object.assign(optimizer(type), { learningRate: rate }), 0.1),
    method(
      "loadStateDict",
      (given, options) => optimizer(type).loadStateDict(given, options),
      optimizer(type).stateDict(),
      {
        strict: true,
      },
    ),
  ]),
  method("SGD", (rate) => new optim.SGD(parameters(), { learningRate: () => rate }).step(gradients()), 0.1),
  method("SGD", (rate) => Object.assign(optimizer(optim.SGD).groups[0], { learningRate: rate }), 0.1),
  made(optim.ExponentialMovingAverage, parameters(), { decay: 0.9 }),
  method(
    "evaluate",
    (fn) => new optim.ExponentialMovingAverage(parameters()).evaluate(fn),
    () => 1,
  ),
  method("loadStateDict", (given) => new optim.ExponentialMovingAverage(parameters()).loadStateDict(given), {
    "average.0": zeros([2]),
    "average.1": zeros([1]),
  }),
  method("Adam", (settings) => new optim.ParameterGroup("Adam", settings), {
    parameters: parameters(),
    learningRate: 1,
    weightDecay: 0,
    dtype: "float32",
  }),
  called(optim.withoutDecay, parameters(), () => true),
  called(optim.clipByGlobalNorm, gradients(), 1),
  called(optim.clipByValue, gradients(), 1),
  method("constant", (rate, at) => optim.constant(rate)(at), 1, 3),
  method("linear", (from, to, options, at) => optim.linear(from, to, options)(at), 1, 0, { steps: 2 }, 3),
  method("cosine", (rate, options, at) => optim.cosine(rate, options)(at), 1, { steps: 2, floor: 0.1 }, 3),
  method("step", (rate, options, at) => optim.step(rate, options)(at), 1, { every: 2, factor: 0.1 }, 3),
  method("warmup", (then, options, at) => optim.warmup(then, options)(at), schedules[1], { steps: 2, from: 0.1 }, 3),
  method(
    "sequence",
    (first, steps, then, at) => optim.sequence(first, steps, then)(at),
    schedules[1],
    2,
    schedules[2],
    3,
  ),
];

const text = Int32Array.from({ length: 21 }, (_, i) => i % 3);
const vocabulary = new data.Vocabulary("abc");

const dataCases: readonly Case[] = [
  method("Batches", (items, options) => [...new data.Batches(items, options).epoch()], [1, 2, 3], {
    size: 2,
    seed: 1,
    dropLast: true,
    lengthOf: (item: number) => item,
  }),
  method("Batches", (at) => new data.Batches([1, 2, 3], { size: 2 }).at(at), 1),
  method("Batches", (number) => new data.Batches([1, 2, 3], { size: 2 }).epoch(number), 1),
  called(data.padSequences, [[1], [1, 2]], { value: 0, length: 3, multipleOf: 2 }),
  called(data.shuffled, [1, 2, 3], 1),
  called(data.splitHeldOut, [1, 2, 3], { share: 0.5, seed: 1, groupOf: (item: number) => item }),
  method(
    "TokenStreams",
    (given, options, at) => new data.TokenStreams(given, options).at(at),
    text,
    { batch: 2, window: 3 },
    1,
  ),
  made(data.Vocabulary, ["a", "b"]),
  method("Vocabulary", (given) => data.Vocabulary.of(given), "text"),
  method("Vocabulary", (given) => vocabulary.encode(given), "abc"),
  method("Vocabulary", (given) => vocabulary.unknown(given), "abcd"),
  method("Vocabulary", (given) => vocabulary.decode(given), [0, 1]),
  method("Vocabulary", (given) => vocabulary.symbols(given), [0, 1]),
  called(data.ngramBitsPerCharacter, text, text, 3, 2),
  method(
    "NgramCounts",
    (size, order, add, heldOut) => new data.NgramCounts(size, order).add(add).bitsPerCharacter(heldOut),
    3,
    2,
    text,
    text,
  ),
];

const wrongs: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  Number.NaN,
  Infinity,
  "text",
  "",
  10n,
  Symbol("wrong"),
  () => undefined,
  class {},
  [],
  [1],
  ["a"],
  [null],
  {},
  { unheardOf: 1 },
  Object.create(null),
  new Map([["h", 1]]),
  new Set([1]),
  new Date(0),
  Promise.resolve(1),
  new Float64Array(2),
  new BigInt64Array(2),
  zeros([2, 3]),
  zeros([]),
  zeros([7]),
  zeros([2, 3], { dtype: "bool" }),
  new Parameter(zeros([2])),
  generator,
  cell(),
  new nn.GRU(3, 4),
];

/** Every tree that differs from `tree` in one place, with what is there. */
function* variants(tree: unknown): Iterable<unknown> {
  yield* wrongs;
  if (Array.isArray(tree)) {
    for (const [at, part] of tree.entries()) for (const other of variants(part)) yield tree.with(at, other);
  } else if (isPlainObject(tree)) {
    yield { ...tree, unheardOf: 1 };
    for (const [key, part] of Object.entries(tree)) for (const other of variants(part)) yield { ...tree, [key]: other };
  }
}

const cases = [...nnCases, ...optimCases, ...dataCases];

describe.each(cases.map((one, index) => ({ ...one, index })))("$name ($index)", ({ name, inputs, run }) => {
  it("computes what is right", () => {
    expect(() => Reflect.apply(run, undefined, inputs)).not.toThrow();
  });

  it("computes, or says who was called with what", () => {
    const bad: string[] = [];
    for (const [at, input] of inputs.entries()) {
      for (const other of variants(input)) {
        try {
          Reflect.apply(run, undefined, inputs.with(at, other));
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          // A module in the place of a function is called, and speaks for itself; what is differentiated, the tape names.
          const names = [name, other instanceof nn.Module ? other.constructor.name : name];
          if (name === "bptt") names.push("Tape", "gradient");
          const isClear = error instanceof TapegradError && names.some((one) => message.startsWith(`${one}: `));
          if (!isClear) bad.push(`${at}: ${Object(error).name} ${message}`);
        }
      }
    }
    expect([...new Set(bad)]).toEqual([]);
  });
});

describe.each(cases.map((one, index) => ({ ...one, index })))("$name ($index)", ({ name, inputs, run }) => {
  /** What becomes of a call: an error, or the plain settings of what was made. */
  const outcome = (at: number, input: unknown): unknown => {
    try {
      const made: unknown = Reflect.apply(run, undefined, inputs.with(at, input));
      return Object.entries(Object(made)).filter(([, value]) => Object(value) !== value);
    } catch {
      return "an error"; // About what is missing, or about what is undefined: without types nobody knows what it is.
    }
  };

  it("takes an option that is undefined as if it were absent", () => {
    for (const [at, input] of inputs.entries()) {
      // Trees of tensors, and of what belongs to each of them, are no options.
      if (
        name === "ZoneoutCell" ||
        !isPlainObject(input) ||
        Object.values(input).every((value) => value instanceof Tensor)
      )
        continue;
      for (const key of Object.keys(input)) {
        const { [key]: _, ...without } = input;
        expect([key, outcome(at, { ...input, [key]: undefined })]).toEqual([key, outcome(at, without)]);
      }
    }
  });
});

it("nothing that is exported is left out", () => {
  const abstract = new Set(["Attention", "Module", "Optimizer", "Parameter", "ParameterGroup"]);
  const exported = [nn, optim, data].flatMap((names) => Object.entries(names));
  const names = exported.flatMap(([name, value]) => (typeof value === "function" && !abstract.has(name) ? [name] : []));
  expect(names.filter((name) => !cases.some((one) => one.name === name))).toEqual([]);
});
