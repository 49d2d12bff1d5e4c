/** The numbers of the lenses that look back in time, against central differences in float64. */
import {
  compile,
  type HiddenState,
  noGrad,
  type Parameter,
  setDefaultDType,
  slice,
  synchronize,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from "tapegrad";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addingRun } from "../src/engine/adding-runs.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { judgedStep, stretchAround } from "../src/engine/stretch.ts";
import { type Flow, flow } from "../src/lenses/gradients/answer-flow.ts";
import { scalarFlow } from "../src/lenses/gradients/answer-scalar.ts";
import type { ScalarSettings } from "../src/lenses/gradients/scalar-example.ts";
import { influence } from "../src/lenses/influence/answer.ts";

beforeAll(async () => {
  setDefaultDType("float64");
  zeros([1]);
  await synchronize(); // Reads are immediate from here on.
});
afterAll(() => setDefaultDType("float32"));

const settings: RunSettings = {
  ...defaultSettings,
  task: { kind: "text", text: "a bad cab backed a cad" },
  hidden: 3,
};

function trained(change: Partial<RunSettings> = {}, steps = 3): Session {
  const session = new Session({ ...settings, ...change });
  for (let step = 0; step < steps; step++) session.step();
  return session;
}

const epsilon = 1e-5;

/** ∂f/∂x at `x`, entry by entry. */
function centralDifferences(f: (x: Tensor) => number, x: Tensor): number[] {
  const values = Float64Array.from(x.dataSync());
  const at = (entry: number, by: number) =>
    f(
      tensor(
        values.map((value, i) => (i === entry ? value + by : value)),
        { shape: x.shape },
      ),
    );
  return Array.from(values, (_, entry) => (at(entry, epsilon) - at(entry, -epsilon)) / (2 * epsilon));
}

const normOf = (values: readonly number[]) => Math.hypot(...values);

/** Relative to the expected value; answers are given in float32. */
function expectNear(actual: number | undefined, expected: number, tolerance = 1e-5): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThan(tolerance * Math.abs(expected) + 1e-9);
}

describe("the scalar example", () => {
  const anySession = () => trained({}, 0);

  it.each([
    [-0.5, 27, 0],
    [0, 8.6498739484e-5, 1e-10],
    [1, 1.6575522893e-10, 1e-10],
  ])("x ≡ %d has the product %d", (x, product, tolerance) => {
    const { gradients } = scalarFlow(anySession(), { x, weight: 3, bias: 1, steps: 3 });
    expect(Math.abs((gradients[0] ?? 0) / product - 1)).toBeLessThanOrEqual(tolerance);
  });

  it("is what differences of its formula give", () => {
    const given: ScalarSettings = { x: 0.1, weight: 1.3, bias: -0.4, steps: 5 };
    const { states, slopes, gradients } = scalarFlow(anySession(), given);
    const step = (h: number) => Math.tanh(2 * given.x + given.weight * h + given.bias);
    let h = 0;
    for (let t = 0; t <= given.steps; t++) {
      expectNear(states[t], h, 1e-12);
      const later = (from: number) => Array.from({ length: given.steps - t }).reduce((at: number) => step(at), from);
      expectNear(gradients[t], (later(h + epsilon) - later(h - epsilon)) / (2 * epsilon), 1e-8);
      h = step(h);
      if (t < given.steps) expectNear(slopes[t], 1 - h * h, 1e-12);
    }
    expectNear(
      slopes.reduce((product, slope) => product * slope * given.weight, 1),
      gradients[0] ?? 0,
      1e-12,
    );
  });
});

/** Added to the tensor `name` of a layer's state right after a step; step −1 is before the first. */
interface Nudge {
  readonly layer: number;
  readonly step: number;
  readonly name: "h" | "c";
  readonly by: Tensor;
}

type AnyState = HiddenState & { readonly c?: Tensor };

/** An LSTM's h moves with its c where both are computed: h = o ⊙ tanh(c). */
function nudged({ h, c }: AnyState, { step, name, by }: Nudge): AnyState {
  if (name === "h" || c === undefined) return { ...(c && { c }), h: h.add(by) };
  const moved = c.add(by);
  return { c: moved, h: step === -1 ? h : h.mul(tanh(moved).div(tanh(c))) };
}

/** The loss of step `judged`, step by step and layer by layer. */
function lossWith(session: Session, position: number, judged: number, nudge: Nudge): number {
  return noGrad(() => {
    const { inputs, targets, states } = stretchAround(session, position);
    const { model } = session;
    const encoded = model.encode(inputs);
    const after = (state: AnyState, layer: number, step: number) =>
      layer === nudge.layer && step === nudge.step ? nudged(state, nudge) : state;
    let present = states.map((state, layer) => after(state, layer, -1));
    for (let step = 0; step <= judged; step++) {
      let features = slice(encoded, [0, step], [1, step + 1]).squeeze({ axis: 1 });
      present = model.layers.map(({ cell }, layer) => {
        const state = after(cell.step(features, defined(present[layer])).state, layer, step);
        features = state.h;
        return state;
      });
    }
    const outputs = model.head.forward(defined(present.at(-1)).h).expandDims({ axis: 1 });
    return session.losses(outputs, slice(targets, [0, judged], [1, judged + 1])).itemSync();
  });
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("there is nothing");
  return value;
}

describe("the gradient back through time", () => {
  const [position, judged, hidden] = [9, 9, 3];

  it.each([
    ["RNN", 1],
    ["GRU", 2],
    ["LSTM", 2],
  ] as const)("of %s in %d layers is what differences give", (cell, layers) => {
    const session = trained({ cell, layers });
    const found = flow(session, { position });
    expect(found).toMatchObject({ position, label: " ", target: "b" });
    expect(found.layers.length).toBe(layers);
    for (const [layer, norms] of found.layers.entries())
      for (const name of ["h", "c"] as const)
        for (const step of [-1, 0, 4, judged - 1, judged]) {
          if (name === "c" && cell !== "LSTM") continue;
          const lossBy = (by: Tensor) => lossWith(session, position, judged, { layer, step, name, by });
          const zero = tensor(new Float64Array(hidden), { shape: [1, hidden] });
          expectNear(norms[name]?.[step + 1], normOf(centralDifferences(lossBy, zero)));
        }
  });

  it.each([1, 4, 10, 30])("reaches the parameters through a window of %d steps", (window) => {
    const session = trained({ hidden: 2 });
    const { parameterNorm } = flow(session, { position, window });
    const { inputs, targets, states } = stretchAround(session, position);
    const from = Math.max(0, judged + 1 - window);
    const part = (x: Tensor) => slice(x, [0, from], [1, judged + 1]);
    const before = from === 0 ? states : session.predict(slice(inputs, [0, 0], [1, from]), states).states;
    const lossOf = (parameter: Parameter) => (value: Tensor) => {
      parameter.assign(value);
      const losses = session.losses(session.predict(part(inputs), before).outputs, part(targets));
      return Number(losses.dataSync().at(-1));
    };
    const differences = session.parameters.flatMap((parameter) => {
      const { value } = parameter;
      const found = centralDifferences(lossOf(parameter), value);
      parameter.assign(value);
      return found;
    });
    expectNear(parameterNorm, normOf(differences));
  });

  it("is the loss of the last prediction that can be judged", () => {
    const { length } = trained().task;
    const found: Flow = flow(trained(), { position: length - 1 });
    expect(found).toMatchObject({ position: length - 2, target: "d" });
    expect(judgedStep({ ...trained().task, weights: [0, 0, 1] }, { targetLabels: ["a", "b", "c"] }, 0)).toBe(2);
  });
});

describe("the influence of earlier characters", () => {
  const position = 11;

  it.each(["RNN", "LSTM", "GRU", "GRU, reset before"] as const)("on a score of %s is what differences give", (cell) => {
    const session = trained({ cell, layers: 2 });
    const found = influence(session, { position, score: 2, untrained: false });
    const { inputs, states } = stretchAround(session, position);
    const encoded = noGrad(() => session.model.encode(inputs));
    const readIn = compile((read: Tensor) => session.model.read(read, states));
    const scoreOf = (read: Tensor) => slice(readIn(read).outputs, [0, position, 2], [1, position + 1, 3]).itemSync();
    const differences = centralDifferences(scoreOf, encoded);
    const values = Array.from(encoded.dataSync(), Number);
    for (const step of found.inputLabels.keys()) {
      const gradient = differences.slice(step * 3, step * 3 + 3);
      expectNear(found.norms[step], normOf(gradient));
      expectNear(
        found.products[step],
        gradient.reduce((sum, entry, i) => sum + entry * (values[step * 3 + i] ?? 0), 0),
      );
    }
    expect(Array.from(found.norms.subarray(position + 1))).toEqual(found.inputLabels.slice(position + 1).map(() => 0));
  });

  it("is of the most likely score unless one is chosen", () => {
    const session = trained({}, 30);
    const found = influence(session, { position, score: undefined, untrained: false });
    expect(found.outputs.indexOf(Math.max(...found.outputs))).toBe(found.score);
    expect(found.outputs.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5);
    const chosen = influence(session, { position, score: found.score, untrained: false });
    expect(chosen).toEqual(found);
  });

  it("of numbers, on the one prediction that counts, is what differences give", () => {
    const session = new Session(addingRun("GRU", 1));
    session.step();
    const found = influence(session, { position: 3, score: undefined, untrained: false });
    const { length } = found.inputLabels;
    expect(found).toMatchObject({ at: length - 1, score: 0 });
    const { inputs, states } = stretchAround(session, 3);
    const readIn = compile((read: Tensor) => session.model.read(read, states));
    const scoreOf = (read: Tensor) => Number(readIn(read).outputs.dataSync().at(-1));
    const differences = centralDifferences(scoreOf, inputs);
    for (let step = 0; step < length; step++)
      expectNear(found.norms[step], normOf(differences.slice(2 * step, 2 * step + 2)));
    expect(flow(session, { position: 3 })).toMatchObject({ position: length - 1 });
  });

  it("before training is that of the same seed's new network", () => {
    const question = { position, score: 1, untrained: false };
    const before = influence(trained({}, 0), question);
    expect(influence(trained({}, 30), { ...question, untrained: true })).toEqual(before);
    expect(influence(trained({}, 30), question).norms).not.toEqual(before.norms);
  });
});

describe("a stretch", () => {
  const text = Array.from({ length: 300 }, (_, i) => "abcdefg"[(i * i) % 7]).join("");

  it.each([10, 70, 200, 299])("around position %d leads to the prediction that reading gives", (position) => {
    const session = trained({ task: { kind: "text", text } });
    const { start, at, inputLabels, targetLabels, inputs, states } = stretchAround(session, position);
    expect(start + at).toBe(position);
    expect(at).toBeGreaterThanOrEqual(Math.min(position, 64));
    expect(inputLabels.join("")).toBe(text.slice(start, start + inputLabels.length));
    expect(targetLabels.join("")).toBe(text.slice(start + 1, start + 1 + inputLabels.length));
    const passage = session.task.passage(position);
    // A trained cell forgets: after the stretch nothing is left of states that are wrong before it.
    const earlier = passage.before && slice(passage.before, [0, 0], [1, start - Math.max(0, passage.start - 256)]);
    const before = earlier === undefined || earlier.size === 0 ? undefined : earlier;
    const [expectedState] = session.statesBefore({ ...passage, before });
    expect(defined(states[0]).h.sub(defined(expectedState).h).abs().max().itemSync()).toBeLessThan(1e-12);
    const read = session.predict(passage.inputs, session.statesBefore(passage)).outputs;
    const outputAt = (outputs: Tensor, step: number) => slice(outputs, [0, step], [1, step + 1]);
    const expected = outputAt(read, position - passage.start);
    const { outputs } = session.predict(inputs, states);
    expect(outputAt(outputs, at).sub(expected).abs().max().itemSync()).toBeLessThan(1e-12);
  });
});
