/** The laws of sequences on a backend that is read asynchronously, every function compiled, gradients included. */
import { compile, Tape } from "@tapegrad/autodiff";
import { type Backend, isFloat, Tensor, tensor, treeLeaves, withBackend } from "@tapegrad/core";
import {
  bptt,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  type Module,
  type ModuleCell,
  Recurrent,
  RNN,
  truncatedBptt,
} from "@tapegrad/nn";
import { add, concat, Generator, mul, pad, slice, stack, sum, where } from "@tapegrad/ops";
import { difference, read } from "./results.ts";

const [batch, time, features, hidden] = [3, 6, 4, 5];
/** Roundings of the largest result, by which two ways of the same sum may differ. */
const roundings = 400;

interface SequenceModule extends Module {
  forward(x: Tensor, options?: object): { output: Tensor; state: unknown };
}

const layers: Readonly<Record<string, (checkpointEvery?: number) => SequenceModule>> = {
  LSTM: (every) => new LSTM(features, hidden, optionsOf(every)),
  "LSTM in both directions, two layers": (every) =>
    new LSTM(features, hidden, { ...optionsOf(every), layers: 2, bidirectional: true }),
  GRU: (every) => new GRU(features, hidden, optionsOf(every)),
  RNN: (every) => new RNN(features, hidden, optionsOf(every)),
};

const cells: Readonly<Record<string, () => ModuleCell<unknown>>> = {
  LSTMCell: () => new LSTMCell(features, hidden, { generator: new Generator(3) }),
  GRUCell: () => new GRUCell(features, hidden, { generator: new Generator(3) }),
};

function optionsOf(checkpointEvery?: number) {
  const generator = new Generator(3);
  return checkpointEvery === undefined ? { generator } : { generator, checkpointEvery };
}

function tensorsOf(tree: unknown): Tensor[] {
  return treeLeaves(tree).filter((leaf) => leaf instanceof Tensor);
}

/** Results of `run` and its gradients, by the parameters of `module` and `x`. */
function withGradients(module: Module, x: Tensor, run: (x: Tensor) => unknown): Tensor[] {
  const compiled = compile((input: Tensor) => {
    const tape = new Tape();
    const results = tape.record(() => tensorsOf(run(input)));
    const loss = tape.record(() => {
      const generator = new Generator(7);
      return results
        .filter(({ dtype }) => isFloat(dtype))
        .map((result) => sum(mul(result, generator.normal(result.shape))))
        .reduce((a, b) => add(a, b));
    });
    return [...results, ...tape.gradient(loss, [input, ...module.parameters()])];
  });
  return compiled(x);
}

type Law = () => readonly [actual: readonly Tensor[], expected: readonly Tensor[]];

const draw = () => new Generator(9).normal([batch, time, features]);
const part = (x: Tensor, from: number, to: number) => slice(x, [0, from], [batch, to]);
const ran = (module: SequenceModule, x: Tensor, options?: object) => {
  const { output, state } = module.forward(x, options);
  return { output, state };
};

function lawsOf(): Record<string, Law> {
  const laws: Record<string, Law> = {};
  for (const [name, make] of Object.entries(layers)) {
    laws[`${name}: checkpointed is plain`] = () => {
      const [plain, other, x] = [make(), make(2), draw()];
      return [withGradients(other, x, (y) => ran(other, y)), withGradients(plain, x, (y) => ran(plain, y))];
    };
    laws[`${name}: masked is unpadded, with NaN in the padding`] = () => {
      const [module, x, lengths] = [make(), draw(), [4, 6, 2]];
      const isThere = tensor(lengths.map((length) => Array.from({ length: time }, (_, t) => [t < length])));
      const padded = where(isThere, x, Number.NaN);
      const masked = compile((y: Tensor) => tensorsOf(ran(module, y, { lengths })))(padded);
      const rows = lengths.map((length, row) => module.forward(slice(x, [row, 0], [row + 1, length])));
      const outputs = rows.map(({ output }, row) =>
        pad(output, [
          [0, 0],
          [0, time - (lengths[row] ?? 0)],
          [0, 0],
        ]),
      );
      const states = rows.map(({ state }) => tensorsOf(state));
      const leaves = (states[0] ?? []).map((_, i) =>
        concat(
          states.flatMap((each) => each.slice(i, i + 1)),
          { axis: 1 },
        ),
      );
      return [masked, [concat(outputs), ...leaves]];
    };
  }
  for (const [name, make] of Object.entries(layers).filter(([name]) => !name.includes("both")))
    laws[`${name}: two chunks, the state carried, are the whole`] = () => {
      const [module, x] = [make(), draw()];
      const whole = (y: Tensor) => ran(module, y);
      const chunks = (y: Tensor) => {
        const first = module.forward(part(y, 0, 2));
        const second = module.forward(part(y, 2, time), { state: first.state });
        return { output: concat([first.output, second.output], { axis: 1 }), state: second.state };
      };
      return [withGradients(module, x, chunks), withGradients(module, x, whole)];
    };
  for (const [name, make] of Object.entries(cells))
    laws[`${name}: over time is the cell stepped by hand`] = () => {
      const [cell, x] = [make(), draw()];
      const unrolled = (y: Tensor) => {
        let state = cell.initialState(batch);
        const outputs: Tensor[] = [];
        for (let t = 0; t < time; t++) {
          const result = cell.step(sum(part(y, t, t + 1), { axis: 1 }), state);
          state = result.state;
          outputs.push(result.output);
        }
        return { output: stack(outputs, { axis: 1 }), state };
      };
      const module = new Recurrent(cell);
      return [withGradients(cell, x, (y) => ran(module, y)), withGradients(cell, x, unrolled)];
    };
  laws["truncated BPTT with the full length is BPTT"] = () => {
    const [module, x] = [new GRU(features, hidden, optionsOf()), draw()];
    const step = bptt((state: { h: Tensor }, input: Tensor) => {
      const { output, state: next } = module.forward(input, { state });
      return { loss: sum(mul(output, output)), state: next };
    }, module.parameters());
    const start = () => module.initialState(batch);
    const whole = step(start(), x);
    const windows = [...truncatedBptt(compile(step), x, { window: time, state: start() })];
    return [
      windows.flatMap(({ loss, state, gradients }) => [loss, state.h, ...gradients]),
      [whole.loss, whole.state.h, ...whole.gradients],
    ];
  };
  return laws;
}

/** The laws that do not hold on `backend`, and how; those whose name begins with `start`. */
export async function brokenLaws(backend: Backend, start = ""): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, law] of Object.entries(lawsOf())) {
    if (!name.startsWith(start)) continue;
    const check = async () => {
      const [actual, expected] = withBackend(backend, law);
      return difference(await read(actual), await read(expected), roundings);
    };
    const problem = await check().catch(String);
    if (problem !== "") broken.push(`${name}: ${problem}`);
  }
  return broken;
}
