/** Laws of sequences: a layer is its cell stepped, however it is cut, turned, stacked or laid out. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { ShapeError, setBackend, setDefaultDType, type Tensor, tensor, treeMap } from "@tapegrad/core";
import {
  type Cell,
  GRU,
  GRUCell,
  type HiddenState,
  LSTM,
  LSTMCell,
  type Module,
  Recurrent,
  type RecurrentLayerOptions,
  RNN,
  RNNCell,
} from "@tapegrad/nn";
import { add, concat, flip, Generator, reshape, slice, stack, transpose } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import type { SequenceOptions } from "../src/index.ts";
import { expectSame, gradients, tensors } from "./comparison.ts";
import { values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [batch, time, input, hidden] = [2, 5, 3, 4];
const draw = (shape: number[], seed = 21) => new Generator(seed).normal(shape);
const inputs = () => draw([batch, time, input]);

/** What the layers have in common, with states of whatever kind. */
interface Layer<State> extends Module {
  initialState(batch: number): State;
  forward(x: Tensor, options?: SequenceOptions<State>): { output: Tensor; state: State };
}

type Options = RecurrentLayerOptions & { readonly input?: number };

/** A layer's laws, which hold for every cell. */
function laws<State extends HiddenState>(
  name: string,
  makeLayer: (input: number, options: RecurrentLayerOptions) => Layer<State>,
  makeCell: () => Module & Cell<State>,
): void {
  const make = ({ input: size = input, ...options }: Options = {}) =>
    makeLayer(size, { generator: new Generator(1), ...options });
  /** Another layer with some of the Parameters of `layer`. */
  const part = (layer: Layer<State>, rename: (name: string) => string | undefined, options: Options = {}) => {
    const other = make(options);
    other.loadStateDict(renamed(layer.stateDict(), rename));
    return other;
  };

  describe(name, () => {
    it("is its cell, stepped: outputs, states and gradients", () => {
      const [layer, cell, x] = [make(), makeCell(), inputs()];
      cell.loadStateDict(renamed(layer.stateDict(), (path) => path.replace("_l0", "")));
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
      const run = () => {
        const { output, state } = layer.forward(x);
        return { output, state: withoutFirstAxis(state) };
      };
      expectSame(run(), stepped());
      expectSame(gradients(run, [...layer.parameters(), x]), gradients(stepped, [...cell.parameters(), x]));
    });

    it("chunk and carry is the whole", () => {
      const [layer, x] = [make({ layers: 2 }), inputs()];
      const first = layer.forward(slice(x, [0, 0], [batch, 2]));
      const second = layer.forward(slice(x, [0, 2], [batch, time]), { state: first.state });
      const joined = { output: concat([first.output, second.output], { axis: 1 }), state: second.state };
      expectSame(joined, layer.forward(x));
    });

    it("two layers are one on top of the other", () => {
      const [both, x] = [make({ layers: 2 }), inputs()];
      const lower = part(both, (path) => (path.endsWith("_l0") ? path : undefined)).forward(x);
      const upper = part(both, (path) => (path.endsWith("_l1") ? path.replace("_l1", "_l0") : undefined), {
        input: hidden,
      }).forward(lower.output);
      const state = treeMap<State>((a: Tensor, b: Tensor) => concat([a, b], { axis: 0 }), lower.state, upper.state);
      expectSame({ output: upper.output, state }, both.forward(x));
    });

    it("both directions are one forwards beside one backwards", () => {
      const [both, x] = [make({ bidirectional: true }), inputs()];
      const forwards = part(both, (path) => (path.endsWith("_reverse") ? undefined : path)).forward(x);
      const backwards = part(both, (path) =>
        path.endsWith("_reverse") ? path.replace("_reverse", "") : undefined,
      ).forward(flip(x, { axis: 1 }));
      const output = concat([forwards.output, flip(backwards.output, { axis: 1 })], { axis: -1 });
      const state = treeMap<State>(
        (a: Tensor, b: Tensor) => concat([a, b], { axis: 0 }),
        forwards.state,
        backwards.state,
      );
      expectSame(both.forward(x), { output, state });
    });

    it("time-major is the same, transposed", () => {
      const [layer, x] = [make(), inputs()];
      const { output, state } = part(layer, (path) => path, { timeMajor: true }).forward(transpose(x, [1, 0, 2]));
      expectSame({ output: transpose(output, [1, 0, 2]), state }, layer.forward(x));
    });

    it("starts from zeros, or from the state that it is given, per layer and direction", () => {
      const [layer, x] = [make({ layers: 2, bidirectional: true }), inputs()];
      const zeros = layer.initialState(batch);
      for (const leaf of tensors(zeros)) {
        expect(leaf.shape).toEqual([4, batch, hidden]);
        expect(values(leaf).every((value) => value === 0)).toBe(true);
      }
      expectSame(layer.forward(x, { state: zeros }), layer.forward(x));

      // One step, so that the last layer's forward output shows its own initial state and no other's.
      const step = slice(x, [0, 0], [batch, 1]);
      const before = values(layer.forward(step).state.h);
      const after = values(layer.forward(step, { state: raisedAt(zeros, 2) }).state.h);
      const block = batch * hidden;
      const changed = [0, 1, 2, 3].map((run) =>
        before.slice(run * block, (run + 1) * block).some((value, i) => value !== after[run * block + i]),
      );
      expect(changed).toEqual([false, false, true, false]);
    });
  });
}

laws(
  "RNN with tanh",
  (size, options) => new RNN(size, hidden, options),
  () => new RNNCell(input, hidden),
);
laws(
  "RNN with relu",
  (size, options) => new RNN(size, hidden, { ...options, nonlinearity: "relu" }),
  () => new RNNCell(input, hidden, { nonlinearity: "relu" }),
);
laws(
  "LSTM",
  (size, options) => new LSTM(size, hidden, options),
  () => new LSTMCell(input, hidden),
);
laws(
  "GRU",
  (size, options) => new GRU(size, hidden, options),
  () => new GRUCell(input, hidden),
);
laws(
  "GRU with the reset gate before the product",
  (size, options) => new GRU(size, hidden, { ...options, resetAfter: false }),
  () => new GRUCell(input, hidden, { resetAfter: false }),
);

describe("Recurrent", () => {
  /** A cell with a state of its own shape: the sum and the number of elements so far. */
  const averaging: Cell<[Tensor, { count: Tensor }]> = {
    initialState: (size) => [tensor(new Float64Array(size), { shape: [size, 1] }), { count: tensor([[0]]) }],
    step(x, [total, { count }]) {
      const [sumSoFar, countSoFar] = [add(total, x), add(count, 1)];
      return { output: sumSoFar, state: [sumSoFar, { count: countSoFar }] };
    },
  };
  const x = () => tensor([[[1], [2], [3]]]);

  it("runs any cell, whatever its state", () => {
    const { output, state } = new Recurrent(averaging).forward(x());
    expectClose(output, [1, 3, 6]);
    expectClose(state[0], [6]);
    expectClose(state[1].count, [3]);
  });

  it("in reverse keeps outputs aligned with inputs", () => {
    expectClose(new Recurrent(averaging, { reverse: true }).forward(x()).output, [6, 5, 3]);
  });

  it("carries a given state on", () => {
    const first = new Recurrent(averaging).forward(x());
    expectClose(new Recurrent(averaging).forward(x(), { state: first.state }).output, [7, 9, 12]);
  });

  it("takes batches of sequences only", () => {
    expect(() => new Recurrent(averaging).forward(tensor([1, 2]))).toThrow(
      new ShapeError(
        "Recurrent",
        "the input is not a batch of sequences: [2] (rank 1 ≠ 3)",
        "give it [batch, time, feature]",
      ),
    );
  });
});

describe("options", () => {
  it("PyTorch's parameter names, in PyTorch's order", () => {
    const names = Array.from(new LSTM(3, 4, { layers: 2, bidirectional: true }).namedParameters(), ([name]) => name);
    const run = (suffix: string) => ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((kind) => `${kind}_${suffix}`);
    expect(names).toEqual(["l0", "l0_reverse", "l1", "l1_reverse"].flatMap(run));
  });

  it("no biases without bias", () => {
    const names = Array.from(new GRU(3, 4, { bias: false }).namedParameters(), ([name]) => name);
    expect(names).toEqual(["weight_ih_l0", "weight_hh_l0"]);
  });

  it("dropout acts between layers, in training only", () => {
    const make = (dropout: number) => new LSTM(input, hidden, { layers: 2, dropout, generator: new Generator(9) });
    const [plain, dropping, x] = [make(0), make(0.5), inputs()];
    const [reference, dropped] = [plain.forward(x), dropping.forward(x)];
    const block = batch * hidden;
    // The first layer reads the input itself, the second what was dropped from.
    expect(values(dropped.state.h).slice(0, block)).toEqual(values(reference.state.h).slice(0, block));
    expect(values(dropped.state.h).slice(block)).not.toEqual(values(reference.state.h).slice(block));
    expectSame(dropping.eval().forward(x), reference);
  });

  it("the last layer's output is never dropped", () => {
    const layer = new RNN(input, hidden, { dropout: 0.9, generator: new Generator(10) });
    expect(values(layer.forward(inputs()).output).every((value) => value !== 0)).toBe(true);
  });

  it("says what is wrong with an input or a number of layers", () => {
    const layer = new LSTM(3, 4);
    expect(() => layer.forward(draw([2, 3]))).toThrow(
      new ShapeError("LSTM", "the input does not fit: [2,3] (rank 2 ≠ 3)", "give it [batch, time, input]"),
    );
    expect(() => new LSTM(3, 4, { timeMajor: true }).forward(draw([2, 3, 5]))).toThrow(
      new ShapeError("LSTM", "the input does not fit: [2,3,5] (axis 2: 5 ≠ 3)", "give it [time, batch, input]"),
    );
    expect(() => new GRU(3, 4, { layers: 0 })).toThrow(
      new ShapeError("GRU", "the option layers is not an integer of 1 or more: 0", "use 1 or more"),
    );
  });
});

function withoutFirstAxis<State>(state: State): State {
  return treeMap<State>((t: Tensor) => reshape(t, t.shape.slice(1)), state);
}

/** The state with ones instead of zeros for run number `index`. */
function raisedAt<State>(state: State, index: number): State {
  return treeMap<State>((t: Tensor) => {
    const block = t.size / (t.shape[0] ?? 1);
    return tensor(
      Float64Array.from({ length: t.size }, (_, i) => (Math.floor(i / block) === index ? 1 : 0)),
      {
        shape: t.shape,
      },
    );
  }, state);
}

function renamed(state: Record<string, Tensor>, rename: (name: string) => string | undefined): Record<string, Tensor> {
  const entries = Object.entries(state).flatMap(([old, value]) => {
    const name = rename(old);
    return name === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
