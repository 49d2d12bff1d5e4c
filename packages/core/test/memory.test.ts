import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { checkpoint, grad, jvp, scan, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { add, exp, matmul, mul, neg, reshape, sin, square, sum, tanh } from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Backend,
  DisposedError,
  memory,
  Parameter,
  scope,
  setBackend,
  type Tensor,
  TraceError,
  tensor,
  trace,
  UnsupportedError,
  withBackend,
  withParameters,
} from "../src/index.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  memory();
});

const isDisposed = (t: Tensor) => {
  try {
    t.dataSync();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(DisposedError);
    return true;
  }
};

describe("scope", () => {
  test("disposes of every tensor that was made inside, except those in the tree that it returns", () => {
    const outside = tensor([1, 2]);
    const made: Tensor[] = [];
    const keep = <T extends Tensor>(t: T) => {
      made.push(t);
      return t;
    };
    const { a, list } = scope(() => {
      const data = keep(tensor([3, 4]));
      const product = keep(mul(outside, data));
      return { a: add(product, 1), list: [keep(reshape(product, [2, 1]))] };
    });
    expect(made.map(isDisposed)).toEqual([true, true, false]);
    expect([...a.dataSync(), ...(list[0]?.dataSync() ?? [])]).toEqual([4, 9, 3, 8]);
    expect(isDisposed(outside)).toBe(false);
  });

  test("and values assigned to Parameters, whether these are bound to other values or not", () => {
    const [p, q] = [new Parameter([1, 2]), new Parameter([1, 2])];
    withParameters([q], [tensor([5, 6])], () => {
      scope(() => {
        p.assign(mul(p.value, 2));
        q.assign(mul(q.value, 2));
      });
      expect([...p.dataSync(), ...q.dataSync()]).toEqual([2, 4, 10, 12]);
    });
    let replaced: Tensor | undefined;
    scope(() => {
      replaced = neg(p);
      p.assign(replaced);
      p.assign(exp(p));
    });
    expect(replaced && isDisposed(replaced)).toBe(true);
    expect(isDisposed(p.value)).toBe(false);
  });

  test("and what a tape saved, until it is released", () => {
    const x = tensor([1, 2]);
    const inner: Tensor[] = [];
    const record = (tape: Tape) =>
      tape.record(() => {
        const y = exp(x);
        const z = neg(y);
        inner.push(y, z);
        return sum(square(add(z, 1)));
      });
    const tape = new Tape();
    const y = scope(() => record(tape));
    expect(inner.map(isDisposed)).toEqual([false, true]);
    expect([...tape.gradient(y, x).dataSync()].map(Math.sign)).toEqual([1, 1]);
    inner.length = 0;
    const gradient = scope(() => {
      using own = new Tape();
      return own.gradient(record(own), x);
    });
    expect(inner.map(isDisposed)).toEqual([true, true]);
    expect(isDisposed(gradient)).toBe(false);
  });

  test("nests: the outer one disposes of what the inner one returned", () => {
    let inner: Tensor | undefined;
    const result = scope(() => {
      inner = scope(() => neg(exp(tensor([1]))));
      expect(isDisposed(inner)).toBe(false);
      return neg(inner);
    });
    expect([inner && isDisposed(inner), isDisposed(result)]).toEqual([true, false]);
  });

  test("disposes after an error too", () => {
    let made: Tensor | undefined;
    expect(() =>
      scope(() => {
        made = tensor([1]);
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(made && isDisposed(made)).toBe(true);
  });

  test("a callback that returns a promise is an error", () => {
    expect(() => scope(async () => tensor(1))).toThrow(
      new TraceError("scope", "the callback returned a promise", "await before or after, not inside"),
    );
  });

  test("inside a recording it does nothing, and the recording runs", () => {
    const f = checkpoint((x: Tensor) => scope(() => exp(neg(x))));
    const x = tensor([0]);
    expect([...f(x).dataSync(), ...grad((y: Tensor) => sum(f(y)))(x).dataSync()]).toEqual([1, -1]);
    expect(trace((y) => scope(() => exp(y[0] ?? x)), [x.variable]).program.nodes).toHaveLength(1);
  });

  test("frees what loops and derivatives make on the way", () => {
    const [w, xs, h] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[[1, 2]], [[3, 4]]]),
      tensor([[0, 0]]),
    ];
    const step = (c: Tensor, x: Tensor) => [tanh(add(matmul(c, w), x)), c] as const;
    const loss = (m: Tensor) => sum(scan((c: Tensor, x: Tensor) => step(c, mul(x, sum(m))), h, xs)[0]);
    const before = memory().buffers;
    const runs: (() => Tensor)[] = [() => scan(step, h, xs)[0], () => grad(loss)(w), () => jvp(loss, [w], [w]).tangent];
    for (const run of runs) {
      const result = scope(run);
      expect(memory().buffers).toBe(before + 1);
      result.dispose();
      expect(memory().buffers).toBe(before);
    }
  });
});

describe("dispose", () => {
  test("frees once, and using the tensor later is a DisposedError", () => {
    const before = memory();
    const t = tensor([1, 2, 3, 4]);
    expect(memory()).toEqual({ backend: "cpu", bytes: before.bytes + 16, buffers: before.buffers + 1 });
    t.dispose();
    t.dispose();
    expect(memory()).toEqual(before);
    expect(() => neg(t)).toThrow(
      expect.objectContaining({
        name: "DisposedError",
        message: "tensor: this float32 [4] was disposed of; dispose after the last use",
      }),
    );
    expect(t.shape).toEqual([4]);
  });

  test("`using` does it at the end of the block", () => {
    let escaped: Tensor;
    {
      using t = tensor([1]);
      escaped = t;
      expect(isDisposed(t)).toBe(false);
    }
    expect(isDisposed(escaped)).toBe(true);
  });

  test("a buffer that two tensors share lives as long as either", () => {
    const before = memory().buffers;
    const x = tensor([1, 2]);
    const y = reshape(x, [2, 1]);
    x.dispose();
    expect([...y.dataSync()]).toEqual([1, 2]);
    expect(memory().buffers).toBe(before + 1);
    y.dispose();
    expect(memory().buffers).toBe(before);
  });

  test("of a value that a tape saved: the gradient that needs it is a DisposedError, others are not", () => {
    const [x, tape] = [tensor([1, 2]), new Tape()];
    const [a, b] = tape.record(() => [sum(mul(x, 2)), sum(sin(neg(x)))] as const);
    x.dispose();
    expect([...tape.gradient(a, x).dataSync()]).toEqual([2, 2]);
    expect([...tape.gradient(b, x).dataSync()].map((value) => value < 0)).toEqual([true, false]);
    const [y, other] = [tensor([1, 2]), new Tape()];
    const c = other.record(() => sum(sin(y)));
    y.dispose();
    expect(() => other.gradient(c, y)).toThrow(DisposedError);
  });
});

describe("memory", () => {
  test("with `debug` says where tensors were made, most first", () => {
    memory({ debug: true });
    const large = tensor(new Float32Array(1000));
    const small = [1, 2].map(() => tensor(new Float32Array(10)));
    const { allocations = [] } = memory();
    const ours = allocations.filter(({ origin }) => origin.includes("memory.test.ts"));
    expect(ours.map(({ bytes }) => bytes)).toEqual([4000, 80]);
    expect(ours[0]?.origin).toMatch(/memory\.test\.ts:\d+:\d+$/);
    for (const made of [large, ...small]) made.dispose();
    expect(memory().allocations?.filter(({ origin }) => origin.includes("memory.test.ts"))).toEqual([]);
  });

  test("what the garbage collector frees is noticed between two turns of the event loop", async () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    if (typeof collect !== "function") throw new Error("no garbage collector to call");
    const before = memory().buffers;
    for (let i = 0; i < 100; i++) exp(neg(tensor(new Float32Array(100))));
    expect(memory().buffers).toBe(before + 300);
    for (let turn = 0; turn < 20 && memory().buffers > before + 3; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    expect(memory().buffers).toBeLessThanOrEqual(before + 3);
  });

  test("of a backend that keeps no account is an error", () => {
    const buffer = { backend: cpuBackend };
    const silent: Backend = {
      ...{ name: "silent", kernels: new Map(), supports: () => true, release: () => {} },
      ...{ upload: () => buffer, read: async () => Float32Array.of(), synchronize: async () => {} },
    };
    expect(() => withBackend(silent, () => memory())).toThrow(
      new UnsupportedError("memory", "the silent backend keeps no account"),
    );
  });
});

describe("ten thousand eager training steps hold a bounded amount of memory", () => {
  const run = promisify(execFile);
  const script = fileURLToPath(new URL("training-steps.ts", import.meta.url));
  // A small heap, so that what is kept by mistake has nowhere to hide: 8,000 steps' activations are over 100 MB.
  const flags = ["--conditions=@tapegrad/source", "--max-semi-space-size=4", "--max-old-space-size=64"];

  test.each(["awaiting", "synchronous"])("%s", async (kind) => {
    const { stdout } = await run(process.execPath, [...flags, script, kind]);
    const report: { first: number; last: number; growth: number; buffers: number } = JSON.parse(stdout);
    expect(report.last).toBeLessThan(report.first / 5);
    expect(report.growth).toBeLessThan(30e6);
    expect(report.buffers).toBeLessThan(30e6);
  });
});
