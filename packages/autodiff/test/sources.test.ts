/** With respect to what derivatives are taken: floats alone, Parameters once, modules as lists; and how often `f` runs. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { expectClose } from "@tapegrad/conformance";
import { DTypeError, Parameter, type Tensor, tensor, withBackend } from "@tapegrad/core";
import { add, cast, Generator, mul, sin, square, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  checkpoint,
  compile,
  cond,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  scan,
  Tape,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";
import { inDoublePrecision, values } from "./comparison.ts";

inDoublePrecision();

const modes = ["forward", "reverse"] as const;

describe.each([cpuBackend, wasmBackend()])("one run of f serves all rows, columns and leaves, on $name", (backend) => {
  const runs = new Parameter(0);
  const drawing = () => {
    const generator = new Generator(1);
    return ([x, y]: readonly [Tensor, Tensor]) => {
      runs.assign(add(runs.value, 1));
      return sum(mul(mul(x, y), generator.uniform([2])));
    };
  };
  const at = () => [tensor([1, 2]), tensor([3, 4])] as [Tensor, Tensor];
  const counted = <T>(run: () => T): T => {
    runs.assign(tensor(0));
    const result = run();
    expect(values(runs)).toEqual([1]);
    return result;
  };

  test("hessian: symmetric though f draws, eager and compiled", () => {
    withBackend(backend, () => {
      runs.assign(tensor(0));
      const f = drawing();
      const h = counted(() => hessian(f)(at()));
      expect(values(h[0][1])).toEqual(values(h[1][0]));
      const compiled = compile((x: [Tensor, Tensor]) => hessian(f)(x));
      const again = counted(() => compiled(at()));
      expect(values(again[0][1])).toEqual(values(again[1][0]));
    });
  });

  test("jacobian in both modes: the same draws in every block and every result", () => {
    withBackend(backend, () => {
      runs.assign(tensor(0));
      const several = (x: readonly [Tensor, Tensor], f: (x: readonly [Tensor, Tensor]) => Tensor) => {
        const y = f(x);
        return { y, parts: [mul(y, x[0]), square(x[1])] };
      };
      const [forward, reverse] = modes.map((mode) => {
        const f = drawing();
        return counted(() => jacobian((x: [Tensor, Tensor]) => several(x, f), { mode })(at()));
      });
      expectClose(forward, reverse);
    });
  });

  test("hvp, jvp of vjp, and vjp of jvp", () => {
    withBackend(backend, () => {
      runs.assign(tensor(0));
      const along = at();
      const product = (f: ReturnType<typeof drawing>) => counted(() => hvp(f, at(), along));
      const overReverse = (f: ReturnType<typeof drawing>) =>
        counted(() => jvp((x: [Tensor, Tensor]) => vjp(f, x).pullback(tensor(1))[0], [at()], [along]).tangent);
      const overForward = (f: ReturnType<typeof drawing>) =>
        counted(() => vjp((x: [Tensor, Tensor]) => jvp(f, [x], [along]).tangent, at()).pullback(tensor(1))[0]);
      const [first, ...others] = [product, overReverse, overForward].map((way) => way(drawing()));
      for (const other of others) expectClose(other, first);
    });
  });
});

describe("integers have no derivative, and say so", () => {
  const [x, n] = [tensor([1, 2]), tensor([2, 3], { dtype: "int32" })];
  const bools = tensor([true, false]);
  const product = ([a, b]: readonly [Tensor, Tensor]) => sum(mul(a, b));
  const remedy = "cast it to a float dtype, or leave it out of what is differentiated (close over it)";
  const state = new Parameter(n, { name: "state" });
  const tape = new Tape();
  const y = tape.record(() => sum(mul(x, state)));
  const rounded = (a: Tensor) => ({ y: a, n: cast(a, "int32") });

  test.each<[string, () => unknown, string]>([
    ["grad", () => grad(product)([x, n]), `grad: x[1] is int32, which has no derivative; ${remedy}`],
    ["grad of bools", () => grad(product)([x, bools]), `grad: x[1] is bool, which has no derivative; ${remedy}`],
    ["grad of one", () => grad((a: Tensor) => sum(mul(a, x)))(n), "grad: x is int32, which has no derivative"],
    ["a Parameter", () => grad((p: Parameter) => sum(mul(p, x)))(state), "grad: x (state) is int32"],
    ["valueAndGrad", () => valueAndGrad(product)([x, n]), "valueAndGrad: x[1] is int32"],
    ["vjp", () => vjp((a: Tensor, b: Tensor) => mul(a, b), x, n), "vjp: x[1] is int32"],
    ["vjp's result", () => vjp(rounded, x), "vjp: result.n is int32, which has no derivative"],
    ["jvp", () => jvp((a: Tensor, b: Tensor) => mul(a, b), [x, n], [x, x]), "jvp: primals[1] is int32"],
    ["jvp's result", () => jvp(rounded, [x], [x]), "jvp: result.n is int32"],
    ["hessian", () => hessian(product)([x, n]), "hessian: x[1] is int32"],
    ["hvp", () => hvp(product, [x, n], [x, x]), "hvp: x[1] is int32"],
    ["grad's result", () => grad((a: Tensor) => cast(sum(a), "int32"))(x), "grad: the target is int32, not a float"],
    ["tape.gradient", () => tape.gradient(y, { x, state }), "gradient: sources.state (state) is int32"],
    ["Tape", () => new Tape({ sources: [n] }), "Tape: sources[0] is int32"],
    ...modes.flatMap((mode): [string, () => unknown, string][] => [
      [`jacobian, ${mode}`, () => jacobian(product, { mode })([x, n]), "jacobian: x[1] is int32"],
      [`jacobian's result, ${mode}`, () => jacobian(rounded, { mode })(x), "jacobian: result.n is int32"],
    ]),
  ])("%s", (_, run, message) => {
    expect(run).toThrow(DTypeError);
    expect(run).toThrow(message);
  });

  test("captured, carried and passed beside, they are data as before", () => {
    const step = ([h, i]: readonly [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => [[mul(h, i), add(i, 1)], i];
    const loop = (a: Tensor, count: Tensor) =>
      sum(scan(step, [a, count] as [Tensor, Tensor], null, { length: 2 })[0][0]);
    // i = 2, 3, then 3, 4: the derivative is their product.
    for (const f of [loop, checkpoint(loop), compile(loop), (a: Tensor, b: Tensor) => cond(1, loop, loop, a, b)]) {
      expectClose(grad(f)(x, n), tensor([6, 12]));
      expectClose(jvp((a: Tensor) => f(a, n), [x], [tensor([1, 0])]).tangent, tensor(6));
      for (const mode of modes) expectClose(jacobian(f, { mode })(x, n), tensor([6, 12]));
    }
  });
});

describe("further arguments are passed on", () => {
  const f = (x: Tensor, n: number, { scale }: { scale: Tensor }) => sum(mul(mul(square(x), n), scale));
  const [x, rest] = [tensor([1, 2]), { scale: tensor(3) }];

  test("by jacobian, hessian and hvp, as by grad", () => {
    for (const mode of modes) expectClose(jacobian(f, { mode })(x, 10, rest), tensor([60, 120]));
    expectClose(
      hessian(f)(x, 10, rest),
      tensor([
        [60, 0],
        [0, 60],
      ]),
    );
    expectClose(hvp(f, x, tensor([1, 2]), 10, rest), tensor([60, 120]));
    expectClose(grad(f)(x, 10, rest), tensor([60, 120]));
  });
});

describe("a Parameter that is in the tree twice is one source", () => {
  test("transforms agree with the tape, whatever the tree", () => {
    const parameters = [new Parameter([1, 2]), new Parameter([3, 4])];
    const f = (tree: readonly Parameter[]) => tree.map((p, i) => sum(mul(sin(p), i + 1))).reduce((a, b) => add(a, b));
    fc.assert(
      fc.property(fc.array(fc.nat(1), { minLength: 1, maxLength: 4 }), (picks) => {
        const tree = picks.flatMap((at) => parameters.slice(at, at + 1));
        const tape = new Tape();
        const expected = tape.gradient(
          tape.record(() => f(tree)),
          tree,
        );
        expectClose(grad(f)(tree), expected);
        for (const mode of modes) expectClose(jacobian(f, { mode })(tree), expected);
        const u = tree.map((_, i) => tensor([1, i]));
        const along = expected.map((gradient, i) => sum(mul(gradient, u[i] ?? 0))).reduce((a, b) => add(a, b));
        expectClose(jvp(f, [tree], [u]).tangent, along);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a module stands for the list of its Parameters", () => {
  /** As `Module` of nn is to this package. */
  class Line {
    readonly weight = new Parameter([1, 2]);
    readonly bias = new Parameter(3);
    parameters(): Parameter[] {
      return [this.weight, this.bias];
    }
    forward(x: Tensor): Tensor {
      return sum(add(mul(this.weight, x), this.bias));
    }
  }
  const x = tensor([5, 6]);
  const loss = (model: Line, input: Tensor) => square(model.forward(input));
  const model = new Line();
  const expected = () => {
    const tape = new Tape();
    return tape.gradient(
      tape.record(() => loss(model, x)),
      model.parameters(),
    );
  };

  test("for the tape and every transform, alone and in trees", () => {
    const gradient = grad(loss)(model, x);
    expectTypeOf(gradient).toEqualTypeOf<Tensor[]>();
    expectClose(gradient, expected());
    const tape = new Tape();
    const y = tape.record(() => loss(model, x));
    expectClose(tape.gradient(y, model), expected());
    expectClose(tape.gradient(y, { parts: [model], x }).parts[0], expected());
    const inTree = grad(({ line }: { line: Line; w: Parameter }) => loss(line, x))({ line: model, w: model.weight });
    expectTypeOf(inTree).toEqualTypeOf<{ line: Tensor[]; w: Tensor }>();
    expectClose(inTree, { line: expected(), w: expected()[0] });
    for (const mode of modes) expectClose(jacobian(loss, { mode })(model, x), expected());
    expectClose(vjp((m: Line) => loss(m, x), model).pullback(tensor(1)), [expected()]);
    const u = [tensor([1, 2]), tensor(3)];
    const [w = tensor(0), b = tensor(0)] = expected();
    expectClose(jvp((m: Line) => loss(m, x), [model], [u]).tangent, add(sum(mul(w, tensor([1, 2]))), mul(b, 3)));
    const h = hessian(loss)(model, x);
    expectClose(
      hvp(loss, model, u, x)[0],
      add(sum(mul(h[0]?.[0] ?? 0, tensor([1, 2])), { axis: -1 }), mul(h[0]?.[1] ?? 0, 3)),
    );
    expectClose(compile((input: Tensor) => grad(loss)(model, input))(x), expected());
    expectClose(
      vmap((input: Tensor) => grad(loss)(model, input))(tensor([[5, 6]])),
      expected().map((g) => add(tensor([g.rank === 0 ? 0 : [0, 0]] as number[]), g)),
    );
  });

  test("other objects are refused by name", () => {
    expect(() => grad((_: unknown) => tensor(1))({ m: new Map() })).toThrow(
      "grad: x.m is not a tensor: Map; differentiate with respect to trees of tensors, Parameters and modules",
    );
  });
});
