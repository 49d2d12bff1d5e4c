/** One Program per signature: what is an input, what is static, what makes a new recording, and when effects happen. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, setDefaultDType, type Tensor, TraceError, tensor } from "@tapegrad/core";
import { guarded } from "@tapegrad/core/internal";
import { add, log, mul, square, sum } from "@tapegrad/ops";
import { afterEach, expect, test, vi } from "vitest";
import { compile, grad, hessian, jvp, scan, Tape, vmap } from "../src/index.ts";

setBackend(cpuBackend);
afterEach(() => {
  setDefaultDType("float32");
  vi.restoreAllMocks();
});

const values = (x: Tensor): number[] => [...x.dataSync()];

test("one recording per structure, shape and dtype", () => {
  let recorded = 0;
  const f = compile(({ x }: { x: Tensor }) => {
    recorded++;
    return square(x);
  });
  expect(values(f({ x: tensor([1, 2]) }))).toEqual([1, 4]);
  expect(values(f({ x: tensor([3, 4]) }))).toEqual([9, 16]);
  expect(recorded).toBe(1);
  f({ x: tensor([1, 2, 3]) });
  f({ x: tensor([1, 2], { dtype: "float64" }) });
  setDefaultDType("float64");
  f({ x: tensor([1, 2], { dtype: "float32" }) });
  expect(recorded).toBe(4);
});

test("numbers are inputs, booleans and strings are static", () => {
  let recorded = 0;
  const f = compile((x: Tensor, factor: number, twice: boolean) => {
    recorded++;
    return mul(mul(x, factor), twice ? 2 : 1);
  });
  expect([f(tensor([1]), 3, false), f(tensor([1]), 4, false), f(tensor([1]), 4, true)].map(values)).toEqual([
    [3],
    [4],
    [8],
  ]);
  expect(recorded).toBe(2);
});

test("a number used as a number, and data read, are errors that say what to use", () => {
  expect(() => compile((n: number) => tensor(n * 2))(1)).toThrow(TraceError);
  expect(() => compile((x: Tensor) => tensor(x.itemSync()))(tensor(1))).toThrow(
    /use where, cond or scan, or read after the call/,
  );
});

test("Parameters are read anew at every call, and assigned once it has succeeded", () => {
  const count = new Parameter(1);
  const f = compile((x: Tensor) => {
    const product = mul(x, count);
    count.assign(add(count, 1));
    return product;
  });
  expect([f(tensor([5])), f(tensor([5]))].map(values)).toEqual([[5], [10]]);
  count.assign(tensor(7));
  expect(values(f(tensor([5])))).toEqual([35]);
  expect(values(count.value)).toEqual([8]);
  const failing = compile((x: Tensor) => {
    count.assign(x);
    throw new Error("on purpose");
  });
  expect(() => failing(tensor(0))).toThrow("on purpose");
  expect(values(count.value)).toEqual([8]);
});

test("two Parameters that share a tensor stay apart", () => {
  const shared = tensor([1]);
  const [a, b] = [new Parameter(shared), new Parameter(shared)];
  const f = compile(() => add(mul(a, 10), b));
  expect(values(f())).toEqual([11]);
  a.assign(tensor([2]));
  expect(values(f())).toEqual([21]);
});

test("what is guarded makes a recording of its own", () => {
  let training = true;
  const f = compile((x: Tensor) => mul(x, guarded(() => training) ? 2 : 3));
  expect(values(f(tensor([1])))).toEqual([2]);
  training = false;
  expect(values(f(tensor([1])))).toEqual([3]);
});

test("what is guarded and changed inside: recorded once for each value before, changed at every call", () => {
  let mode = "a";
  const read = () => mode;
  const write = (value: string) => {
    mode = value;
  };
  const change = (value: string) => {
    if (guarded(read, write) !== value) mode = value;
  };
  let recordings = 0;
  const f = (last: string) =>
    compile((x: Tensor) => {
      recordings++;
      change("b");
      const y = mul(x, guarded(read, write) === "b" ? 2 : 3);
      change(last);
      return y;
    });
  const [back, on] = [f("a"), f("c")];
  for (let call = 0; call < 3; call++) {
    expect(values(back(tensor([1])))).toEqual([2]);
    expect(mode).toBe("a");
    expect(values(on(tensor([1])))).toEqual([2]);
    expect(mode).toBe("c");
    mode = "a";
  }
  expect(recordings).toBe(2);
});

test("a warning after eight recordings of one function", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const f = compile((x: Tensor) => square(x));
  for (let size = 1; size <= 9; size++) f(tensor(new Float32Array(size)));
  expect(warn.mock.calls).toEqual([
    ["compile: a function was recorded 8 times; do its arguments change shape at every call?"],
  ]);
});

test("a gradient records one call; transforms go through; inside another or a scan it is a part of it", () => {
  const f = compile((x: Tensor) => sum(mul(square(x), log(x))));
  const plain = (x: Tensor) => sum(mul(square(x), log(x)));
  const x = tensor([1, 2], { dtype: "float64" });
  const tape = new Tape();
  tape.record(() => f(x));
  expect(tape.nodes.map(({ op }) => op.name)).toEqual(["call"]);
  expect(values(grad(f)(x))).toEqual(values(grad(plain)(x)));
  expect(values(hessian(f)(x))).toEqual(values(hessian(plain)(x)));
  expect(values(jvp(f, [x], [x]).tangent)).toEqual(values(jvp(plain, [x], [x]).tangent));
  const batch = tensor(
    [
      [1, 2],
      [3, 4],
    ],
    { dtype: "float64" },
  );
  expect(values(vmap(f)(batch))).toEqual(values(vmap(plain)(batch)));
  const outer = compile(
    (y: Tensor) => scan((c: Tensor, row: Tensor) => [add(c, f(row)), c], tensor(0, { dtype: "float64" }), y)[0],
  );
  expect(outer.program(batch).nodes.map(({ op }) => op.name)).toEqual(["scan"]);
  expect(values(outer(batch))[0]).toBeCloseTo(
    values(vmap(plain)(batch)).reduce((a, b) => a + b),
    12,
  );
});
