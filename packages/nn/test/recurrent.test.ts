/** Running cells over time: stepping, checkpointing, merging two directions, and batches of batches. */
import { compile, vmap } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { ShapeError, setBackend, setDefaultDType, type Tensor, treeMap, UnsupportedError } from "@tapegrad/core";
import { Bidirectional, GRU, LSTM, LSTMCell, Recurrent, RNNCell, type UnrollOptions } from "@tapegrad/nn";
import { add, concat, div, Generator, mul, reshape, slice, stack, transpose } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame, gradients } from "./comparison.ts";
import { cellCases, input, sequenceCases } from "./sequences.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time] = [2, 5];
const draw = (seed = 61) => new Generator(seed).normal([batch, time, input]);

describe.each(Object.entries(cellCases))("%s", (_, makeCell) => {
  it("over a sequence is itself, stepped: outputs, states and gradients", () => {
    const [cell, x] = [makeCell(new Generator(62)), draw()];
    const stepped = () => {
      let state = cell.initialState(batch);
      const outputs: Tensor[] = [];
      for (let t = 0; t < time; t++) {
        const result = cell.step(reshape(slice(x, [0, t], [batch, t + 1]), [batch, input]), state);
        state = result.state;
        outputs.push(result.output);
      }
      return { output: stack(outputs, { axis: 1 }), state };
    };
    const run = () => new Recurrent(cell).forward(x);
    const sources = [x, ...cell.parameters()];
    expectSame(run(), stepped());
    expectSame(gradients(run, sources), gradients(stepped, sources));
  });

  it("chunk and carry is the whole", () => {
    const [cell, x] = [makeCell(new Generator(63)), draw()];
    const whole = new Recurrent(cell).forward(x);
    const first = new Recurrent(cell).forward(slice(x, [0, 0], [batch, 3]));
    const second = new Recurrent(cell).forward(slice(x, [0, 3]), { state: first.state });
    expectSame({ output: concat([first.output, second.output], { axis: 1 }), state: second.state }, whole);
  });
});

describe.each(sequenceCases)("$name", ({ make }) => {
  it("with states kept only every two steps is the same", () => {
    const [plain, checkpointed, x] = [make(), make({ checkpointEvery: 2 }), draw()];
    const lengths = [time, 3];
    expectSame(checkpointed.forward(x, { lengths }), plain.forward(x, { lengths }));
    expectSame(
      gradients(() => checkpointed.forward(x, { lengths }), [x, ...checkpointed.parameters()]),
      gradients(() => plain.forward(x, { lengths }), [x, ...plain.parameters()]),
    );
  });

  it("compiled is the same, gradients included", () => {
    const [module, x] = [make({ checkpointEvery: 2 }), draw()];
    const both = (values: Tensor) => ({
      result: module.forward(values),
      gradients: gradients(() => module.forward(values), [values, ...module.parameters()]),
    });
    expectSame(compile(both)(x), both(x));
  });

  it("no steps give back the state", () => {
    const module = make();
    const { output, state } = module.forward(slice(draw(), [0, 0], [batch, 0]));
    expect(output.shape.slice(0, 2)).toEqual([batch, 0]);
    expectSame(module.forward(slice(draw(), [0, 0], [batch, 0]), { state }).state, state);
  });
});

it.each([1, 3, 100])("however often states are kept: every %i steps", (checkpointEvery) => {
  const make = (options: UnrollOptions) => new GRU(input, 3, { ...options, generator: new Generator(60) });
  const [plain, checkpointed, x] = [make({}), make({ checkpointEvery }), draw()];
  const gradientsOf = (layer: GRU) => gradients(() => layer.forward(x), [x, ...layer.parameters()]);
  expectSame(gradientsOf(checkpointed), gradientsOf(plain));
});

it("under vmap: a batch of batches", () => {
  const layer = new LSTM(input, 3, { layers: 2, bidirectional: true, generator: new Generator(64) });
  const [a, b] = [draw(65), draw(66)];
  const run = (x: Tensor) => layer.forward(x);
  expectSame(
    vmap(run)(stack([a, b])),
    treeMap((...leaves: Tensor[]) => stack(leaves), run(a), run(b)),
  );
});

describe("Bidirectional", () => {
  const cells = () => {
    const generator = new Generator(67);
    return [new LSTMCell(input, 4, { generator }), new RNNCell(input, 4, { generator })] as const;
  };
  it.each([
    ["concat", (a: Tensor, b: Tensor) => concat([a, b], { axis: -1 })],
    ["sum", (a: Tensor, b: Tensor) => add(a, b)],
    ["mean", (a: Tensor, b: Tensor) => div(add(a, b), 2)],
    ["mul", (a: Tensor, b: Tensor) => mul(a, b)],
  ] as const)("%s of the two directions", (merge, merged) => {
    const x = draw();
    const [there, back] = [
      new Recurrent(cells()[0]).forward(x),
      new Recurrent(cells()[1], { reverse: true }).forward(x),
    ];
    expectSame(new Bidirectional(...cells(), { merge }).forward(x), {
      output: merged(there.output, back.output),
      state: { forwards: there.state, backwards: back.state },
    });
  });

  it("from given states, time-major, names its Parameters by direction", () => {
    const [x, module] = [draw(), new Bidirectional(...cells(), { timeMajor: true })];
    const { state } = module.forward(transpose(x, [1, 0, 2]));
    const again = module.forward(transpose(x, [1, 0, 2]), { state });
    const [there, back] = cells();
    expectSame(
      transpose(slice(again.output, [0, 0, 0], [time, batch, 4]), [1, 0, 2]),
      new Recurrent(there).forward(x, { state: state.forwards }).output,
    );
    expectSame(
      again.state.backwards,
      new Recurrent(back, { reverse: true }).forward(x, { state: state.backwards }).state,
    );
    expect(Array.from(module.namedParameters(), ([name]) => name)).toEqual(
      ["forwards", "backwards"].flatMap((direction) =>
        ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) => `${direction}.${name}`),
      ),
    );
  });

  it("says what is wrong", () => {
    const options = { merge: "max" };
    expect(() => Reflect.construct(Bidirectional, [...cells(), options])).toThrow(
      new UnsupportedError("Bidirectional", 'unknown merge "max"', "use one of concat, sum, mean, mul"),
    );
    expect(() => new Bidirectional(...cells()).forward(reshape(draw(), [-1, input]))).toThrow(
      new ShapeError(
        "Bidirectional",
        "the input is not a batch of sequences: [10,3] (rank 2 ≠ 3)",
        "give it [batch, time, feature]",
      ),
    );
  });
});
