/** What JavaScript lets through and TypeScript would not: clear errors instead of NaN or a TypeError. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { AnomalyError, setBackend, TapegradError, type Tensor, TraceError, tensor } from "@tapegrad/core";
import {
  add,
  arange,
  concat,
  Generator,
  log,
  mul,
  oneHot,
  pad,
  reshape,
  slice,
  split,
  sum,
  topK,
  zeros,
} from "@tapegrad/ops";
import { describe, expect, it } from "vitest";
import {
  checkpoint,
  compile,
  cond,
  detectAnomaly,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  noGrad,
  scan,
  Tape,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";

setBackend(cpuBackend);

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}

it("a step that does not return a pair", () => {
  const message = "scan: the step did not return a carry and an output; return [carry, output]";
  expect(() => scan((h: Tensor, x: Tensor) => untyped(add(h, x)), tensor(0), tensor([1, 2]))).toThrow(message);
  expect(() => scan((h: Tensor, x: Tensor) => untyped([add(h, x)]), tensor(0), tensor([1, 2]))).toThrow(message);
});

it("operands that are no numbers", () => {
  expect(() => mul(tensor([1, 2]), untyped([1, 2]))).toThrow(
    "mul: an array is neither a tensor nor a number; make it a tensor with tensor(…)",
  );
  expect(() => add(tensor([1, 2]), untyped(undefined))).toThrow("add: undefined is neither a tensor nor a number");
  expect(() => tensor(untyped([1, undefined]))).toThrow(
    "tensor: undefined is neither a number nor a boolean; convert the data first",
  );
});

/** Every function that takes a callback, with a callback that returns a promise. */
const callers: Readonly<Record<string, (callback: never) => unknown>> = {
  grad: (f) => grad(f)(tensor(1)),
  valueAndGrad: (f) => valueAndGrad(f)(tensor(1)),
  vjp: (f) => vjp(f, tensor(1)),
  jvp: (f) => jvp(f, [tensor(1)], [tensor(1)]),
  jacobian: (f) => jacobian(f)(tensor(1)),
  hessian: (f) => hessian(f)(tensor(1)),
  hvp: (f) => hvp(f, tensor(1), tensor(1)),
  vmap: (f) => Reflect.apply(vmap(f), undefined, [tensor([1])]),
  compile: (f) => Reflect.apply(compile(f), undefined, [tensor(1)]),
  checkpoint: (f) => Reflect.apply(checkpoint(f), undefined, [tensor(1)]),
  scan: (f) => scan(f, tensor(0), tensor([1])),
  cond: (f) => cond(1, f, f, tensor(1)),
  record: (f) => new Tape().record(f),
  noGrad: (f) => noGrad(f),
  detectAnomaly: (f) => detectAnomaly(f),
};

it.each(Object.entries(callers))("a callback of %s that returns a promise", (name, run) => {
  const callback = untyped(async (x: Tensor) => x);
  const error = new TraceError(name, "the callback returned a promise", "await before or after, not inside");
  expect(() => run(callback)).toThrow(error);
});

it("a compiled function inside another is still the one that is named", () => {
  const inner = compile(untyped(async (x: Tensor) => x));
  const outer = compile((x: Tensor) => untyped(Reflect.apply(inner, undefined, [x])));
  expect(() => outer(tensor(1))).toThrow(/^compile: the callback returned a promise/);
});

it("options by position, and unknown ones", () => {
  const square = (x: Tensor) => mul(x, x);
  const position = (op: string, value: string, key: string, given = value) =>
    `${op}: the options are not an object: ${given}; name them, as in { ${key}: ${value} }`;
  expect(() => vmap(square, untyped(0))).toThrow(position("vmap", "0", "inAxes"));
  expect(() => jacobian(square, untyped("forward"))).toThrow(position("jacobian", '"forward"', "mode"));
  expect(() => Reflect.apply(valueAndGrad, undefined, [square, true])).toThrow(
    position("valueAndGrad", "true", "hasAux"),
  );
  expect(() => scan((h: Tensor, x: Tensor) => [add(h, x), h], tensor(0), tensor([1]), untyped(true))).toThrow(
    position("scan", "true", "reverse"),
  );
  const tape = new Tape();
  const x = tensor([1, 2]);
  const y = tape.record(() => square(x));
  expect(() => tape.gradient(y, x, untyped(tensor([1, 1])))).toThrow(position("gradient", "…", "seed", "Tensor"));
  expect(() => new Tape(untyped([x]))).toThrow(/^Tape: the options are not an object: \[Tensor\]; name them/);
  expect(() => vmap(square, untyped({ inAxis: 0 }))).toThrow(
    "vmap: unknown option inAxis; use inAxes, outAxes, randomness",
  );
});

describe("a number given to a compiled function where a plain number is needed", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  const uses: Readonly<Record<string, (x: Tensor, n: never) => Tensor>> = {
    "a shape": (_, n) => zeros([n]),
    "an axis": (t, n) => sum(t, { axis: n }),
    axes: (t, n) => sum(t, { axis: [n] }),
    "a range": (_, n) => arange(n),
    "a number of parts": (t, n) => concat(split(t, n)),
    "a position": (t, n) => slice(t, [n]),
    "an end": (t, n) => slice(t, [0], [n]),
    "a number of results": (t, n) => topK(t, n).values,
    "a width": (t, n) =>
      pad(t, [
        [n, n],
        [0, 0],
      ]),
    "a new shape": (t, n) => reshape(t, [n, -1]),
    "a depth": (_, n) => oneHot(1, n),
    "a bound": (_, n) => new Generator(1).uniform([2], { high: n }),
    "a number of steps": (t, n) => scan((h: Tensor) => [h, h], t, null, { length: n })[0],
    "a branch": (t, n) => (n > 1 ? t : mul(t, 2)),
    "JavaScript arithmetic": (t, n) => mul(t, n * 2),
  };
  it.each(Object.entries(uses))("%s", (_, use) => {
    const f = compile(use);
    expect(() => f(x, untyped(2))).toThrow(TapegradError);
    expect(() => f(x, untyped(2))).toThrow(
      /use (where, cond or scan|a plain number)|write (an integer|a number) or a list/,
    );
    expect(() => f(x, untyped(2))).toThrow("compile(fn, { static: [1] })");
  });
});

it("anomaly detection looks inside compiled functions", () => {
  const f = compile((x: Tensor) => sum(log(x)));
  expect(() => detectAnomaly(() => f(tensor([0, 1])))).toThrow(AnomalyError);
  expect(() => detectAnomaly(() => f(tensor([0, 1])))).toThrow(
    /^log: made -Infinity: from \[2\]; called at .*mistakes\.test\.ts:/,
  );
});
