/** Every argument of every public function, with every wrong kind of value: an error of ours that names the function, or none. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, TapegradError, type Tensor, tensor, treeMap, withParameters } from "@tapegrad/core";
import { add, mul, stopGradient, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  compile,
  cond,
  customVjp,
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

const x = tensor([1, 2]);
const p = new Parameter([1, 2]);
const f = (y: Tensor) => sum(mul(y, y));
const step = (h: Tensor, y: Tensor): [Tensor, Tensor] => [add(h, y), h];

/** What JavaScript lets through. Of tensors: of another rank, of integers, of no elements. */
const wrong: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  number: () => 3,
  NaN: () => Number.NaN,
  string: () => "forward",
  boolean: () => true,
  bigint: () => 3n,
  symbol: () => Symbol("s"),
  function: () => () => tensor([1]),
  "empty array": () => [],
  array: () => [1, 2],
  "array of strings": () => ["a"],
  "array of tensors": () => [tensor([1]), tensor([2, 3])],
  Map: () => new Map([["a", 1]]),
  Set: () => new Set([1]),
  Date: () => new Date(0),
  "typed array": () => Float32Array.of(1, 2),
  tensor: () => tensor([[1, 2, 3]]),
  scalar: () => tensor(2),
  integers: () => tensor([1, 2], { dtype: "int32" }),
  "no elements": () => tensor([], { shape: [0] }),
  Parameter: () => new Parameter([1, 2, 3]),
  "misspelt options": () => ({ mod: "forward" }),
  "options of wrong kinds": () => ({
    mode: 1,
    inAxes: "x",
    outAxes: {},
    randomness: 3,
    sources: 1,
    keep: 1,
    reverse: 1,
    length: "a",
    seed: 1,
    forward: 1,
    backward: 1,
    hasAux: 3,
    name: 1,
  }),
  "tree with a hole": () => ({ a: tensor([1]), b: undefined }),
  "class instance": () => new (class Own {})(),
  "null prototype": () => Object.create(null),
  Tape: () => new Tape(),
};

/** Calls with one argument wrong, as a caller without types would write them. `any` is what `call` takes. */
type Call = (value: never) => unknown;

const recorded = () => {
  const tape = new Tape();
  const y = tape.record(() => f(x));
  return { tape, y };
};
const run = <A extends readonly unknown[]>(fn: (...a: A) => unknown, ...a: A): unknown =>
  Reflect.apply(fn, undefined, a);

/** By the name that the error must start with; several where the callback finds the fault. */
const calls: readonly (readonly [names: string, what: string, call: Call])[] = [
  ["Tape", "options", (v) => new Tape(v)],
  ["Tape", "sources", (v) => new Tape({ sources: v })],
  ["Tape", "keep", (v) => new Tape({ keep: v })],
  ["record", "fn", (v) => new Tape().record(v)],
  ["gradient", "target", (v) => recorded().tape.gradient(v, x)],
  [
    "gradient",
    "sources",
    (v) => {
      const { tape, y } = recorded();
      tape.gradient(y, v);
    },
  ],
  [
    "gradient",
    "options",
    (v) => {
      const { tape, y } = recorded();
      tape.gradient(y, x, v);
    },
  ],
  [
    "gradient",
    "seed",
    (v) => {
      const { tape, y } = recorded();
      tape.gradient(y, x, { seed: v });
    },
  ],
  ["grad", "f", (v) => grad(v)],
  ["grad|mul", "x", (v) => grad(f)(v)],
  ["grad", "the result", (v) => grad(() => v)(x)],
  ["valueAndGrad", "f", (v) => valueAndGrad(v)],
  ["valueAndGrad", "options", (v) => valueAndGrad(f, v)],
  ["valueAndGrad", "the result", (v) => valueAndGrad(() => v, { hasAux: true })(x)],
  ["vjp", "f", (v) => vjp(v, x)],
  ["vjp|mul", "x", (v) => vjp(f, v)],
  ["vjp", "the result", (v) => vjp((_: Tensor) => v, x).pullback(v)],
  ["vjp", "the cotangent", (v) => vjp(f, x).pullback(v)],
  ["vjp", "the cotangent of a tree", (v) => vjp((y: Tensor) => ({ y, z: [y] }), x).pullback(v)],
  ["jvp", "f", (v) => jvp(v, [x], [x])],
  ["jvp", "primals", (v) => jvp(f, v, [x] as never)],
  ["jvp", "a primal", (v) => jvp(f, [v], [x] as never)],
  ["jvp", "tangents", (v) => jvp(f, [x], v)],
  ["jvp", "a tangent", (v) => jvp(f, [x], [v])],
  ["jvp", "the result", (v) => jvp((_: Tensor) => v, [x], [x])],
  ["jacobian", "f", (v) => jacobian(v)],
  ["jacobian", "options", (v) => jacobian(f, v)],
  ["jacobian", "mode", (v) => jacobian(f, { mode: v })],
  ["jacobian|mul", "x", (v) => jacobian(f)(v)],
  ["jacobian", "the result", (v) => jacobian(() => v)(x)],
  ["hessian", "f", (v) => hessian(v)],
  ["hessian|mul", "x", (v) => hessian(f)(v)],
  ["hessian", "the result", (v) => hessian(() => v)(x)],
  ["hvp", "f", (v) => hvp(v, x, x)],
  ["hvp", "x", (v) => hvp(f, v, x as never)],
  ["hvp", "direction", (v) => hvp(f, x, v)],
  ["vmap", "f", (v) => vmap(v)],
  ["vmap", "options", (v) => vmap(f, v)],
  ["vmap", "inAxes", (v) => vmap(f, { inAxes: v })(x)],
  ["vmap", "inAxes of one argument", (v) => vmap(f, { inAxes: [v] })(x)],
  ["vmap", "outAxes", (v) => vmap(f, { outAxes: v })(x)],
  ["vmap", "randomness", (v) => vmap(f, { randomness: v })(x)],
  ["vmap", "x", (v) => vmap((y: Tensor) => y)(v)],
  ["vmap", "the result", (v) => vmap((_: Tensor) => v)(x)],
  ["stopGradient", "x", (v) => stopGradient(v)],
  ["noGrad", "fn", (v) => noGrad(v)],
  ["detectAnomaly", "fn", (v) => detectAnomaly(v)],
  ["checkpoint", "f", (v) => checkpoint(v)],
  [
    "checkpoint",
    "x",
    (v) =>
      run(
        checkpoint((y: Tensor) => y),
        v,
      ),
  ],
  ["checkpoint", "the result", (v) => checkpoint(() => v)()],
  ["customVjp", "rule", (v) => customVjp(v)],
  ["customVjp", "forward", (v) => customVjp({ forward: v, backward: (_, g: Tensor) => [g] })],
  ["customVjp", "backward", (v) => customVjp({ forward: (y: Tensor) => [y, []], backward: v })],
  ["customVjp", "x", (v) => customVjp({ forward: (y: Tensor) => [y, []], backward: (_, g: Tensor) => [g] })(v)],
  [
    "customVjp",
    "what forward returns",
    (v) => customVjp({ forward: (): [Tensor, Tensor] => v, backward: (_, g) => [g] as never })(),
  ],
  ["customVjp", "the value", (v) => customVjp({ forward: () => [v, []], backward: () => [] as never })()],
  [
    "customVjp",
    "the residual",
    (v) => customVjp({ forward: (y: Tensor) => [y, v], backward: (_, g: Tensor) => [g] })(x),
  ],
  [
    "customVjp",
    "what backward returns",
    (v) => grad((z: Tensor) => sum(customVjp({ forward: (y: Tensor) => [y, []], backward: () => v })(z)))(x),
  ],
  [
    "customVjp",
    "a cotangent",
    (v) =>
      grad((z: Tensor) => sum(customVjp({ forward: (y: Tensor) => [y, []], backward: () => [v] as [Tensor] })(z)))(x),
  ],
  ["scan", "step", (v) => scan(v, tensor(0), x)],
  ["scan|add", "init", (v) => scan(step, v, x)],
  ["scan", "xs", (v) => scan(step, tensor(0), v)],
  ["scan", "options", (v) => scan(step, tensor(0), x, v)],
  ["scan", "length", (v) => scan(step, tensor(0), x, { length: v })],
  ["scan", "checkpointEvery", (v) => scan(step, tensor(0), x, { checkpointEvery: v })],
  ["scan", "what the step returns", (v) => scan(() => v, tensor(0), x)],
  ["scan", "the carry", (v) => scan(() => [v, x] as never, tensor(0), x)],
  ["scan", "the output", (v) => scan((h: Tensor) => [h, v], tensor(0), x)],
  ["cond", "predicate", (v) => cond(v, f, f, x)],
  ["cond", "whenTrue", (v) => cond(1, v, f, x)],
  ["cond", "whenFalse", (v) => cond(1, f, v, x)],
  [
    "cond",
    "an operand",
    (v) =>
      cond(
        1,
        (y: Tensor) => y,
        (y: Tensor) => y,
        v,
      ),
  ],
  [
    "cond",
    "a result",
    (v) =>
      cond(
        1,
        () => v,
        () => x as never,
      ),
  ],
  [
    "cond",
    "the other result",
    (v) =>
      cond(
        1,
        () => x as never,
        () => v,
      ),
  ],
  ["compile", "f", (v) => compile(v)],
  [
    "compile",
    "x",
    (v) =>
      run(
        compile((y: Tensor) => y),
        v,
      ),
  ],
  ["compile", "the result", (v) => compile(() => v)()],
  ["withParameters", "parameters", (v) => withParameters(v, [x], () => 0)],
  ["withParameters", "a parameter", (v) => withParameters([v], [x], () => 0)],
  ["withParameters", "values", (v) => withParameters([p], v, () => 0)],
  ["withParameters", "a value", (v) => withParameters([p], [v], () => 0)],
  ["withParameters", "fn", (v) => withParameters([p], [x], v)],
  ["treeMap", "fn", (v) => treeMap(v, { a: 1 })],
  ["treeMap", "a tree", (v) => treeMap((a: unknown) => a, { a: 1 }, v)],
  ["Parameter|tensor", "value", (v) => new Parameter(v)],
  ["Parameter", "options", (v) => new Parameter([1], v)],
  ["assign", "value", (v) => new Parameter([1, 2]).assign(v)],
];

describe.each(calls)("%s: %s", (names, _, call) => {
  test("of the wrong kind is an error of ours, or works", () => {
    for (const [kind, make] of Object.entries(wrong)) {
      let thrown: unknown;
      try {
        call(make() as never); // As plain JavaScript would.
      } catch (error) {
        thrown = error;
      }
      if (thrown === undefined) continue;
      expect(thrown instanceof TapegradError, `${kind}: ${String(thrown)}`).toBe(true);
      expect(String(thrown), kind).toMatch(new RegExp(`^\\w+: (${names}): `));
    }
  });
});

test("wrong kinds anywhere in trees of arguments", () => {
  const leaf = fc.constantFrom(...Object.values(wrong)).map((make) => make());
  const tree = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.constantFrom("h", "c"), leaf));
  fc.assert(
    fc.property(fc.constantFrom(...calls), tree, ([, , call], value) => {
      try {
        call(value as never); // As plain JavaScript would.
      } catch (error) {
        if (!(error instanceof TapegradError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
