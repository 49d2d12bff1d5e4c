/** What the Health lens says about networks whose state is known beforehand. */
import { ones, synchronize, type Tensor, tensor, zeros } from "tapegrad";
import { beforeAll, describe, expect, test } from "vitest";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { anomaly } from "../src/lenses/health/anomaly.ts";
import { health } from "../src/lenses/health/answer.ts";
import { findings } from "../src/lenses/health/findings.ts";
import { gradientCheck } from "../src/lenses/health/gradient-check.ts";

beforeAll(async () => {
  zeros([1]);
  await synchronize();
});

const text = "the quick brown fox jumps over the lazy dog. ".repeat(4);

function sessionOf(change: Partial<RunSettings> = {}, steps = 0): Session {
  const session = new Session({ ...defaultSettings, task: { kind: "text", text }, hidden: 6, ...change });
  while (session.steps < steps) session.step();
  return session;
}

/** Puts `change` in place of a Parameter's values. */
function alter(session: Session, name: string, change: (value: Float32Array) => Tensor): void {
  const parameter = new Map(session.model.namedParameters()).get(name);
  if (parameter === undefined) throw new Error(`there is no ${name}`);
  parameter.assign(change(Float32Array.from(parameter.value.dataSync())));
}

function stateOf(session: Session, name: string) {
  return findings(health(session, { position: 0 })).find((finding) => finding.name === name)?.state;
}

describe("gates", () => {
  test("a forget gate with a large bias is open everywhere, one with a large negative bias closed", () => {
    for (const [bias, low, high] of [
      [100, 0, 1],
      [-100, 1, 0],
    ] as const) {
      const session = sessionOf();
      alter(session, "layers.0.cell.bias_ih", (values) => tensor(values.fill(bias, 6, 12)));
      const [layer] = health(session, { position: 0 }).layers;
      expect(layer?.gates.find(({ name }) => name === "f")).toEqual({ name: "f", kind: "σ", low, high });
      expect(layer?.gates.find(({ name }) => name === "i")?.high).toBeLessThan(1);
      expect(stateOf(session, "gates")).toBe("watch");
    }
  });

  test.each([
    ["RNN", ["h"]],
    ["LSTM", ["i", "f", "g", "o"]],
    ["GRU", ["r", "z", "n"]],
  ] as const)("%s has those that saturate", (cell, names) => {
    const [layer] = health(sessionOf({ cell }), { position: 0 }).layers;
    expect(layer?.gates.map(({ name }) => name)).toEqual(names);
  });
});

describe("units", () => {
  test("one without weights is silent, one that only has a bias is stuck, of the second layer as well", () => {
    const session = sessionOf({ cell: "RNN", layers: 2 });
    for (const name of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) {
      alter(session, `layers.1.cell.${name}`, (values) => {
        const width = values.length / 6;
        return tensor(values.fill(0, 0, 2 * width), { shape: width === 1 ? [6] : [6, width] });
      });
    }
    alter(session, "layers.1.cell.bias_ih", (values) => tensor(values.fill(1, 1, 2)));
    const [first, second] = health(session, { position: 0 }).layers;
    expect(first).toMatchObject({ silent: [], stuck: [] });
    expect(second).toMatchObject({ silent: [0], stuck: [1], units: 6, steps: 64 });
    expect(stateOf(session, "units")).toBe("watch");
  });
});

describe("matrices", () => {
  test("the update that is shown is the one that the next step makes, and looking changes nothing", () => {
    const session = sessionOf({ clip: 0.01 }, 12);
    const before = session.snapshot();
    const shown = health(session, { position: 0 });
    expect(session.snapshot()).toEqual(before);
    const { gradientNorm } = session.step();
    const after = session.snapshot().weights;
    for (const { name, update } of shown.matrices) {
      const [from = [], to = []] = [before.weights[name]?.data, after[name]?.data];
      expect(update, name).toBeCloseTo(Math.hypot(...Array.from(to, (value, at) => value - (from[at] ?? NaN))), 6);
    }
    expect(Math.hypot(...shown.matrices.map(({ gradient }) => gradient))).toBeCloseTo(gradientNorm, 5);
  });

  test("a learning rate that is too high is found", () => {
    expect(stateOf(sessionOf({}, 3), "updates")).toBe("good");
    expect(stateOf(sessionOf({ learningRate: 1 }, 3), "updates")).not.toBe("good");
  });
});

test("clipped steps are counted since the model is what it is", () => {
  const session = sessionOf({ clip: 1e-3 }, 9);
  expect(health(session, { position: 0 }).clip).toMatchObject({ limit: 1e-3, steps: 9, clipped: 9 });
  expect(stateOf(session, "clipping")).toBe("watch");
  session.restore(session.snapshot());
  expect(health(session, { position: 0 }).clip).toMatchObject({ steps: 0, clipped: 0 });
});

test("what the tape keeps grows with the time steps that the gradient goes back", () => {
  const kept = (window: number) => {
    const { tape } = health(sessionOf({ window }), { position: 0 });
    return { perSequence: tape.bytes / tape.batch, steps: tape.steps, compiled: tape.compiled };
  };
  const [short, long] = [kept(10), kept(20)];
  expect([short.steps, long.steps]).toEqual([10, 20]);
  expect(long.perSequence / short.perSequence).toBeGreaterThan(1.7);
  expect(long.perSequence / short.perSequence).toBeLessThan(2.3);
  expect(long.compiled).toBeGreaterThan(0);
});

describe("the gradient check", () => {
  test.each(["RNN", "LSTM", "GRU", "GRU, reset before"] as const)(
    "%s: every matrix agrees; with a wrong rule of tanh all do not but the head's, and the run stays as it is",
    (cell) => {
      const session = sessionOf({ cell }, 5);
      const before = session.snapshot();
      const check = (broken: boolean) =>
        session.parameters.map((_, matrix) => gradientCheck(session, { position: 0, matrix, broken }));
      for (const { name, error, passed } of check(false)) {
        expect(passed, name).toBe(true);
        expect(error, name).toBeLessThan(1e-4);
      }
      for (const { name, passed } of check(true)) expect(passed, name).toBe(name.startsWith("head."));
      expect(session.snapshot()).toEqual(before);
    },
  );
});

describe("the first NaN", () => {
  test("is nowhere in a healthy step", () => {
    expect(anomaly(sessionOf({}, 2), {})).toEqual({ kind: "none" });
  });

  test("is traced to the op, and to the matrix that it may have read", () => {
    const session = sessionOf();
    alter(session, "head.weight", (values) => ones([values.length / 6, 6]).mul(3e38));
    alter(session, "layers.0.cell.bias_ih", (values) => tensor(values.fill(100)));
    const found = anomaly(session, {});
    expect(found).toMatchObject({ kind: "op", op: "matmul", made: "Infinity" });
    const operands = found.kind === "op" ? found.operands : [];
    const read = operands.filter(({ matrices }) => matrices.some(({ name }) => name === "head.weight"));
    expect(read.map(({ shape }) => shape)).toEqual([`[${session.model.head.weight.shape.join(",")}]`]);
    expect(read[0]?.matrices.find(({ name }) => name === "head.weight")?.largest).toBeCloseTo(3e38, -32);
    expect(stateOf(session, "numbers")).toBe("bad");
  });

  test("weights that are none are named", () => {
    const session = sessionOf();
    alter(session, "head.bias", (values) => tensor(values.fill(NaN, 0, 1)));
    expect(anomaly(session, {})).toEqual({ kind: "weights", names: ["head.bias"] });
  });
});
