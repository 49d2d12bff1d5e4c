/**
 * What a checkpoint promises about memory, counted from outside: the arena of compiled training steps beside their inputs, and
 * the peak of a process that trains eagerly. All numbers are bytes.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  add,
  type CheckpointEvery,
  checkpoint,
  compile,
  concat,
  Generator,
  GRU,
  LSTM,
  type Module,
  matmul,
  mul,
  Parameter,
  Recurrent,
  RNN,
  scan,
  sigmoid,
  split,
  sub,
  sum,
  Tape,
  type Tensor,
  tanh,
  transpose,
  zeros,
} from "../src/index.ts";

const [batch, features, hidden] = [4, 8, 32];
const carryBytes = batch * hidden * 4;

/** What a training step of `steps` time steps needs beside its inputs. */
function arena(sources: readonly Parameter[], steps: number, loss: (x: Tensor) => Tensor): number {
  const x = zeros([batch, steps, features]);
  const step = compile((input: Tensor) => {
    const tape = new Tape({ sources });
    return tape.gradient(
      tape.record(() => loss(input)),
      sources,
    );
  });
  return step.report(x).arena - 4 * x.size;
}

/** z, n = split([h, x] W); h′ = (1 − σ(z)) h + σ(z) tanh(n). */
class HandWritten {
  readonly weight = new Parameter(mul(new Generator(1).normal([hidden + features, 2 * hidden]), 0.1));

  parameters(): Parameter[] {
    return [this.weight];
  }

  initialState(size: number): Tensor {
    return zeros([size, hidden]);
  }

  step(x: Tensor, h: Tensor): { output: Tensor; state: Tensor } {
    const [z, n] = split(matmul(concat([x, h], { axis: -1 }), this.weight), 2, { axis: -1 });
    if (z === undefined || n === undefined) throw new Error("two gates");
    const next = add(mul(sub(1, sigmoid(z)), h), mul(sigmoid(z), tanh(n)));
    return { output: next, state: next };
  }
}

type Layers = Readonly<Record<string, (checkpointEvery?: CheckpointEvery) => (steps: number) => number>>;

function ofLayer(make: (options: object) => Module & { forward(x: Tensor): { state: { h: Tensor } } }): Layers[string] {
  return (checkpointEvery) => {
    const layer = make({ generator: new Generator(1), ...(checkpointEvery !== undefined && { checkpointEvery }) });
    return (steps) => arena(layer.parameters(), steps, (x) => sum(layer.forward(x).state.h));
  };
}

const layers: Layers = {
  RNN: ofLayer((options) => new RNN(features, hidden, options)),
  GRU: ofLayer((options) => new GRU(features, hidden, options)),
  LSTM: ofLayer((options) => new LSTM(features, hidden, options)),
  "LSTM in both directions": ofLayer((options) => new LSTM(features, hidden, { ...options, bidirectional: true })),
  "a cell written by hand": (checkpointEvery) => {
    const cell = new HandWritten();
    const layer = new Recurrent(cell, checkpointEvery === undefined ? {} : { checkpointEvery });
    return (steps) => arena(cell.parameters(), steps, (x) => sum(layer.forward(x).state));
  },
};

describe.each(Object.entries(layers))("the arena of %s", (_, make) => {
  test("grows as √T with one level of blocks", () => {
    const sizeOf = make("sqrt");
    const [small, middle, large] = [1_000, 10_000, 100_000].map(sizeOf);
    const plain = make()(1_000);
    expect(small).toBeLessThan(plain / 5);
    // √10, and something for blocks that do not fit.
    expect((middle ?? 0) / (small ?? 0)).toBeLessThan(1.15 * Math.sqrt(10));
    expect((large ?? 0) / (middle ?? 0)).toBeLessThan(1.15 * Math.sqrt(10));
  });

  test("grows as the cube root of T with two levels", () => {
    const [small, large] = [8_000, 64_000].map((steps) => {
      const root = Math.round(Math.cbrt(steps));
      return make([root ** 2, root])(steps);
    });
    expect((large ?? 0) / (small ?? 0)).toBeLessThan(1.15 * 2);
  });

  test("grows as the logarithm of T with as many levels as that needs", () => {
    const sizeOf = make("log");
    const [small, large, huge] = [8 ** 3, 8 ** 5, 8 ** 6].map((steps) => sizeOf(4 * steps));
    const perLevel = ((large ?? 0) - (small ?? 0)) / 2;
    expect((huge ?? 0) - (large ?? 0)).toBeLessThan(1.3 * perLevel + 10_000);
    expect(huge).toBeLessThan(1_500_000);
  });
});

test("an interval given as a number bounds the arena as well", () => {
  const sizeOf = (every?: CheckpointEvery) => layers.LSTM?.(every)(4_000) ?? Number.NaN;
  const plain = sizeOf();
  for (const every of [10, 63, 250]) expect(sizeOf(every)).toBeLessThan(plain / 8);
});

describe("checkpoints in functions", () => {
  const cell = new HandWritten();
  const run = (step: typeof cell.step) => (steps: number) =>
    arena(cell.parameters(), steps, (x) =>
      sum(
        scan(
          (h: Tensor, element: Tensor) => [step(element, h).state, null],
          cell.initialState(batch),
          transpose(x, [1, 0, 2]),
        )[0],
      ),
    );

  test("of a checkpointed step, the carries are kept and nothing else", () => {
    const sizeOf = run(checkpoint((x: Tensor, h: Tensor) => cell.step(x, h)));
    const perStep = (sizeOf(11_000) - sizeOf(1_000)) / 10_000;
    expect(perStep).toBeLessThan(1.05 * carryBytes);
    const plain = run((x, h) => cell.step(x, h));
    expect((plain(11_000) - plain(1_000)) / 10_000).toBeGreaterThan(2 * carryBytes);
  });

  test("of a checkpointed half of a step, what the other half gives is kept, and nothing of the first", () => {
    const narrow = new Parameter(mul(new Generator(2).normal([features, 2]), 0.1));
    const wide = new Parameter(mul(new Generator(2).normal([2, 100 * hidden]), 0.1));
    const back = new Parameter(mul(new Generator(2).normal([100 * hidden, hidden]), 0.1));
    const half = checkpoint((z: Tensor, h: Tensor) => tanh(add(matmul(tanh(matmul(z, wide)), back), h)));
    const sizeOf = (steps: number) =>
      arena([narrow, wide, back], steps, (x) =>
        sum(
          scan(
            (h: Tensor, element: Tensor) => [half(matmul(element, narrow), h), null],
            cell.initialState(batch),
            transpose(x, [1, 0, 2]),
          )[0],
        ),
      );
    // h and z, and the gradient of z, once more where it is transposed.
    expect((sizeOf(2_000) - sizeOf(1_000)) / 1_000).toBeLessThan(1.05 * (carryBytes + 3 * 4 * batch * 2));
  });

  test("of layers on top of each other, each a checkpoint, one at a time needs its inner values", () => {
    const deep = (count: number, wrap: <R>(f: (x: Tensor) => R) => (x: Tensor) => R) => {
      const stack = Array.from({ length: count }, () => new GRU(hidden, hidden, { generator: new Generator(1) }));
      const first = new GRU(features, hidden, { generator: new Generator(1) });
      const parameters = [first, ...stack].flatMap((layer) => layer.parameters());
      return arena(parameters, 500, (x) =>
        sum([first, ...stack].reduce((y, layer) => wrap((z) => layer.forward(z).output)(y), x)),
      );
    };
    const perLayer = (wrap: <R>(f: (x: Tensor) => R) => (x: Tensor) => R) => (deep(6, wrap) - deep(2, wrap)) / 4;
    const weights = 4 * 3 * hidden * (2 * hidden + 2);
    // The outputs between two layers, and room for the gradients of the weights.
    expect(perLayer(checkpoint)).toBeLessThan(1.2 * 500 * carryBytes + 3 * weights);
    expect(perLayer((f) => f)).toBeGreaterThan(4 * 500 * carryBytes);
  });
});

const source = fileURLToPath(new URL("./eager-training.ts", import.meta.url));

/** The most memory that a process has had whose eager training is `kind`, of so many steps, beyond what it had before. */
async function peakOf(...parameters: readonly string[]): Promise<number> {
  // A small space for young objects is collected often, so that the peak is what is kept.
  const flags = ["--conditions=@tapegrad/source", "--max-semi-space-size=1"];
  const child = spawn(process.execPath, [...flags, source, ...parameters], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const peaks: number[] = [];
  for await (const _ of child.stdout) {
    peaks.push(1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]));
    child.stdin.write("go on\n");
  }
  if (child.exitCode === null) await once(child, "exit");
  expect(child.exitCode).toBe(0);
  const [before = Number.NaN, after = Number.NaN] = peaks;
  return after - before;
}

describe.skipIf(!existsSync("/proc/self/status"))("the peak of a process that trains eagerly", () => {
  test.each([
    ["wasm", "layer", 20_000, 4, 0.5],
    ["wasm", "step", 20_000, 4, 0.5],
    // V8 may leave some 64 MB of arrays uncollected. What the plain loop keeps here is three times that.
    ["cpu", "layer", 1200, 64, 0.5],
    ["cpu", "step", 1200, 64, 0.5],
  ])("%s, %s", async (backend, kind, steps, batch, share) => {
    const of = (wrapped: "checkpoint" | "plain") => peakOf(backend, kind, wrapped, `${steps}`, `${batch}`);
    expect(await of("checkpoint")).toBeLessThan(share * (await of("plain")));
  });
});
