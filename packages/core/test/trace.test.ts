import { checkpoint, compile, cond, detectAnomaly, grad, jvp, noGrad, scan, Tape, vmap } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { add, cast, exp, matmul, mul, neg, square, sum } from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bufferOf,
  DTypeError,
  interpret,
  Parameter,
  type Program,
  print,
  ShapeError,
  setBackend,
  type Tensor,
  type TensorType,
  TraceError,
  tensor,
  trace,
} from "../src/index.ts";
import { defined, fromHost, withFrame } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

const pair: TensorType = { shape: [2], dtype: "float32" };
const opsOf = ({ nodes }: { readonly nodes: readonly { readonly op: { readonly name: string } }[] }) =>
  nodes.map(({ op }) => op.name);
const first = (x: readonly Tensor[]) => defined(x[0], "input");

describe("Recorders: One stack holds gradient tapes, traces and barriers", () => {
  test("`apply` offers a node from the top down to and including the innermost trace", () => {
    const [below, between, above] = [new Tape(), new Tape(), new Tape()];
    let inner: Program | undefined;
    const { program: outer } = below.record(() =>
      trace(
        (x) =>
          between.record(() => {
            const y = neg(first(x));
            const traced = trace((z) => above.record(() => exp(first(z))), [pair]);
            inner = traced.program;
            return square(y);
          }),
        [pair],
      ),
    );
    expect(opsOf(below)).toEqual([]);
    expect(opsOf(between)).toEqual(["neg", "square"]);
    expect(opsOf(outer)).toEqual(["neg", "square"]);
    expect([opsOf(above), opsOf(defined(inner, "inner"))]).toEqual([["exp"], ["exp"]]);
  });

  test("Traces take every op, also on constants", () => {
    const constant = tensor([1, 2]);
    const { program, captures } = trace(() => [neg(constant), add(neg(constant), 1)], []);
    expect(opsOf(program)).toEqual(["neg", "neg", "full", "add"]);
    expect(captures).toEqual([constant]);
  });

  test("a trace behind `noGrad` marks the node `stop`, which every derivative honours", () => {
    const f = (x: Tensor) =>
      mul(
        x,
        noGrad(() => square(x)),
      );
    const { program } = trace((x) => f(first(x)), [{ shape: [], dtype: "float32" }]);
    expect(program.nodes.map(({ op, stop }) => [op.name, stop])).toEqual([
      ["square", true],
      ["mul", false],
    ]);
    expect(print(program)).toContain("square(%0) stop");
    const run = (x: Tensor) => first(interpret(program, [x]));
    const [x, one] = [tensor(3), tensor(1)];
    expect(grad(run)(x).itemSync()).toBe(9);
    expect(jvp(run, [x], [one]).tangent.itemSync()).toBe(9);
    expect(grad((y: Tensor) => grad(run)(y))(x).itemSync()).toBe(0);
    for (const wrap of [
      checkpoint(f),
      compile(f),
      (y: Tensor) => vmap(f)(mul(y, tensor([1, 1]))),
      (y: Tensor) => scan((c: Tensor) => [f(c), null], y, null, { length: 1 })[0],
      (y: Tensor) => cond(1, f, f, y),
    ]) {
      expect(grad((y: Tensor) => sum(wrap(y)))(x).itemSync() % 9).toBe(0);
      expect(jvp((y: Tensor) => sum(wrap(y)), [x], [one]).tangent.itemSync()).toBeLessThan(27);
    }
  });

  test("Frames are popped in `finally`", () => {
    expect(() =>
      trace(() => {
        throw new Error("inside");
      }, []),
    ).toThrow("inside");
    expect(neg(tensor(1)).itemSync()).toBe(-1);
  });

  test("a callback that returns a Promise is a `TraceError`", () => {
    expect(() => trace(async () => tensor(1), [])).toThrow(
      new TraceError("trace", "the callback returned a promise", "await before or after, not inside"),
    );
  });
});

describe("a trace", () => {
  test("computes nothing", () => {
    let computed = 0;
    const observe = ({ outputs }: { outputs: readonly Tensor[] }) => {
      computed += outputs.filter(({ isSymbolic }) => !isSymbolic).length;
    };
    withFrame({ kind: "observer", observe }, () => trace((x) => matmul(first(x), neg(first(x))), [pair]));
    expect(computed).toBe(0);
  });

  test("drops dead nodes, and what only they captured", () => {
    const [used, unused] = [tensor([1, 2]), tensor([3, 4])];
    const { program, captures } = trace(
      (x) => {
        exp(mul(first(x), unused));
        return add(first(x), used);
      },
      [pair],
    );
    expect(opsOf(program)).toEqual(["add"]);
    expect(captures).toEqual([used]);
    expect(program.inputs).toHaveLength(2);
  });

  test("is closed: whatever it reads is an input, once, also when it is only given back", () => {
    const [c, p] = [tensor([1, 2]), new Parameter([5, 6])];
    const { program, captures, sources } = trace((x) => [c, mul(c, p), mul(p, first(x))], [pair]);
    expect(new Map(captures.map((capture, i) => [capture, sources[i]]))).toEqual(
      new Map<Tensor, Parameter | undefined>([
        [p.value, p],
        [c, undefined],
      ]),
    );
    const known = new Set(program.inputs.map(({ id }) => id));
    for (const node of program.nodes) {
      for (const { id } of node.inputs) expect(known.has(id)).toBe(true);
      for (const { id } of node.outputs) known.add(id);
    }
    const results = interpret(program, [tensor([1, 1]), ...captures]);
    expect(results.map((result) => [...result.dataSync()])).toEqual([
      [1, 2],
      [5, 12],
      [5, 6],
    ]);
  });

  test("runs on other values of the same types, forwards and inlined into another trace", () => {
    const { program } = trace((x) => sum(square(first(x))), [pair]);
    expect(first(interpret(program, [tensor([3, 4])])).itemSync()).toBe(25);
    const outer = trace((x) => first(interpret(program, [neg(first(x))])), [pair]);
    expect(opsOf(outer.program)).toEqual(["neg", "square", "sum", "reshape"]);
  });

  test("run under a tape, it is recorded there", () => {
    const { program } = trace((x) => sum(square(first(x))), [pair]);
    const [tape, x] = [new Tape(), tensor([3, 4])];
    const y = tape.record(() => first(interpret(program, [x])));
    expect([...tape.gradient(y, x).dataSync()]).toEqual([6, 8]);
  });

  test("gives the structure that was returned, null standing for nothing", () => {
    const { program, result } = trace((x) => ({ a: [first(x)], b: null, c: undefined, d: neg(first(x)) }), [pair]);
    expect(program.outputs).toHaveLength(2);
    expect(Object.keys(result)).toEqual(["a", "b", "c", "d"]);
    expect(result.d.isSymbolic).toBe(true);
  });

  test("a result that is no tensor is an error", () => {
    expect(() => trace(() => ({ loss: 3 }), [])).toThrow(
      new DTypeError("trace", "a result is not a tensor: 3", "return trees of tensors"),
    );
  });

  test("shape and dtype errors are thrown while it is recorded, before any kernel runs", () => {
    expect(() => trace((x) => matmul(first(x), tensor([[1, 2, 3]])), [pair])).toThrow(ShapeError);
    expect(() => trace((x) => cast(mul(first(x), 1), "int32").itemSync(), [pair])).toThrow(TraceError);
  });

  test("origins are noted on request", () => {
    const traced = detectAnomaly(() => trace((x) => exp(first(x)), [pair]));
    expect(traced.program.nodes[0]?.origin).toMatch(/trace\.test\.ts:\d+:\d+$/);
    expect(trace((x) => exp(first(x)), [pair]).program.nodes[0]?.origin).toBeUndefined();
  });
});

describe("Reading a value while recording is a `TraceError` that says what to use instead", () => {
  const message = (what: string) =>
    `trace: a tensor has no data while it is being recorded, but ${what}; use where, cond or scan, or read after the call`;

  test.each<[string, (x: Tensor) => unknown, string]>([
    ["itemSync", (x) => x.itemSync(), "its data was read"],
    ["dataSync", (x) => x.dataSync(), "its data was read"],
    ["the buffer", (x) => bufferOf(x), "its data was read"],
    ["+", (x) => Number(x) + 1, "it was used as a number"],
    ["<", (x) => Number(x) < 1, "it was used as a number"],
  ])("%s", (_, read, what) => {
    expect(() => trace((x) => read(first(x)), [{ shape: [], dtype: "float32" }])).toThrow(
      expect.objectContaining({ name: "TraceError", message: message(what) }),
    );
  });

  test.each<[string, (x: Tensor) => Promise<unknown>]>([
    ["item", (x) => x.item()],
    ["data", (x) => x.data()],
    ["toArray", (x) => x.toArray()],
    ["to", (x) => x.to(cpuBackend)],
  ])("%s", async (_, read) => {
    let reading: Promise<unknown> | undefined;
    trace(
      (x) => {
        reading = read(first(x));
        return x;
      },
      [{ shape: [], dtype: "float32" }],
    );
    await expect(reading).rejects.toThrow(message("its data was read"));
  });

  test("what is known may be read: shapes, and tensors from outside", () => {
    const outside = fromHost(Float32Array.of(7), [], "float32");
    const { result } = trace((x) => mul(first(x), outside.itemSync() * first(x).size), [pair]);
    expect(result.shape).toEqual([2]);
  });

  test("a tensor that was kept from a recording that is over says so, in ops, when read, and in other recordings", () => {
    const { result } = trace((x) => neg(first(x)), [pair]);
    const error = new TraceError(
      "trace",
      "this float32 [2] was kept from a recording that is over, and has no data",
      "return it from the function that was recorded, and use what the call returns",
    );
    for (const use of [
      () => exp(result),
      () => result.dataSync(),
      () => Number(result),
      () => trace((x) => mul(first(x), result), [pair]),
      () => trace(() => result, [pair]),
      () => trace(() => result.dataSync(), [pair]),
      () => trace((x) => trace(() => mul(first(x), result), []).result, [pair]),
    ]) {
      expect(use).toThrow(error);
    }
  });

  test("a tensor of an outer recording is none that was kept", () => {
    const { program } = trace(
      (x) => {
        const outer = neg(first(x));
        return first(trace(() => trace(() => mul(outer, 2), []).captures, []).captures);
      },
      [pair],
    );
    expect(program.outputs).toEqual(program.nodes[0]?.outputs);
  });
});
