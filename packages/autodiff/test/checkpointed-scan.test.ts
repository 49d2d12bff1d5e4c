/** Blocks in blocks: the same function as the plain loop, whatever the lengths, and what a checkpoint promises under every transform. */
import { expectClose } from "@tapegrad/conformance";
import { Program, ShapeError, type Tensor, tensor, trace } from "@tapegrad/core";
import { add, Generator, matmul, mul, sin, sum, tanh, where } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CheckpointEvery, checkpoint, grad, hvp, jvp, type ScanOptions, scan, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random } from "./comparison.ts";
import { expectSame, mixed } from "./loops.ts";

inDoublePrecision();

interface Rnn {
  readonly h: Tensor;
  readonly xs: Tensor;
  readonly w: Tensor;
}

const inputs = (steps: number): Rnn => ({
  h: random([2, 3], 1),
  xs: random([steps, 2, 3], 2),
  w: random([3, 3], 3),
});

const rnn =
  (options: ScanOptions) =>
  ({ h, xs, w }: Rnn) =>
    scan(
      (state: Tensor, x: Tensor) => {
        const next = tanh(add(matmul(state, w), x));
        return [next, mul(next, state)] as const;
      },
      h,
      xs,
      options,
    );

const everies: readonly CheckpointEvery[] = [[4, 2], [2, 4], [6, 3, 2], [5, 3], [7, 7, 1], "sqrt", "log"];

describe("blocks in blocks are the plain loop under every transform", () => {
  test.each(everies)("%j", (checkpointEvery) => {
    for (const reverse of [false, true])
      expectSame(rnn({ checkpointEvery, reverse }), rnn({ reverse }), inputs(7), { jacobians: false });
  });

  test("of any lengths, for any number of steps", () => {
    fc.assert(
      fc.property(
        fc.nat(80),
        fc.oneof(
          fc.constantFrom("sqrt", "log"),
          fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
        ),
        fc.boolean(),
        (steps, checkpointEvery, reverse) => {
          const [x, of] = [inputs(steps), (options: ScanOptions) => grad((y: Rnn) => mixed(rnn(options)(y)))];
          expectClose(of({ checkpointEvery, reverse })(x), of({ reverse })(x));
        },
      ),
      { numRuns: 15 },
    );
  });

  test("random draws of a step are the same when it is computed again, and go on after the loop", () => {
    const run = (options: ScanOptions) => {
      const generator = new Generator(1);
      const f = (x: Rnn) =>
        scan(
          (state: Tensor, e: Tensor) => {
            const next = tanh(add(matmul(state, x.w), where(generator.bernoulli(0.5, [2, 3]), e, 0)));
            return [next, next] as const;
          },
          x.h,
          x.xs,
          options,
        );
      return [grad((x: Rnn) => mixed(f(x)))(inputs(9)), generator.uniform([2])];
    };
    expectClose(run({ checkpointEvery: [4, 2] }), run({}));
  });
});

describe("the recording", () => {
  const record = (options: ScanOptions, steps: number) => {
    const { h, xs, w } = inputs(steps);
    return trace(
      ([a, b, c]) => rnn(options)({ h: a ?? h, xs: b ?? xs, w: c ?? w }),
      [h.variable, xs.variable, w.variable],
    ).program;
  };

  test.each<[CheckpointEvery, number, string]>([
    [[6, 2], 15, "2(3(2)) 1(2) 1"],
    [[2, 6], 12, "2(3(2))"],
    ["sqrt", 10, "2(4) 2"],
    ["log", 63, "63"],
    ["log", 200, "8(25)"],
    ["log", 1003, "8(8(15) 5) 3"],
    [20, 15, "15"],
    [[4, 2], 0, "0"],
    ["sqrt", 0, "0"],
  ])("%j of %i steps is loops of %s", (checkpointEvery, steps, expected) => {
    expect(lengthsOf(record({ checkpointEvery }, steps))).toBe(expected);
  });

  test("does not grow with the number of steps of a block", () => {
    const size = (steps: number) => lengthsOf(record({ checkpointEvery: "log" }, steps)).replaceAll(/\d+/g, "n");
    expect(size(512 * 9 * 8)).toBe(size(512 * 8 * 8));
  });
});

/** Lengths of loops, those of bodies in brackets. */
function lengthsOf({ nodes }: Program): string {
  const texts = nodes.flatMap(({ attributes }) => {
    const inner = bodiesOf(attributes).map(lengthsOf).join(" ");
    if (!("length" in attributes)) return inner === "" ? [] : [inner];
    return [inner === "" ? `${attributes.length}` : `${attributes.length}(${inner})`];
  });
  return texts.join(" ");
}

function bodiesOf(attributes: object): Program[] {
  return Object.values(attributes).filter((value) => value instanceof Program);
}

describe("what a checkpoint computes stays inside checkpoints", () => {
  const f = checkpoint((x: Tensor) => sin(mul(tanh(x), x)));
  const u = random([3], 2);
  const transforms: Readonly<Record<string, (x: Tensor) => unknown>> = {
    value: f,
    gradient: grad((x: Tensor) => sum(f(x))),
    tangent: (x) => jvp(f, [x], [u]).tangent,
    "Hessian times vector": (x) => hvp((y: Tensor) => sum(f(y)), x, u),
    "gradient of a gradient": grad((x: Tensor) => mixed(grad((y: Tensor) => sum(f(y)))(x))),
    "gradient of a tangent": grad((x: Tensor) => mixed(jvp(f, [x], [u]).tangent)),
    batch: (x) => vmap(f)(x),
    "gradient of a batch": grad((x: Tensor) => mixed(vmap(f)(x))),
    "batch of gradients": (x) => vmap(grad((y: Tensor) => mixed(f(y))))(x),
  };
  test.each(Object.entries(transforms))("%s", (_, transform) => {
    const { program } = trace(([x]) => transform(x ?? u), [{ shape: [3], dtype: "float64" }]);
    const names = program.nodes.map(({ op }) => op.name);
    expect(names).toContain("checkpoint");
    expect(names).not.toContain("tanh");
  });
});

const scalar = (checkpointEvery: unknown) => () =>
  scan((c: Tensor) => [c, null], tensor(1), tensor([1]), { checkpointEvery } as ScanOptions);

test.each<[string, unknown, string]>([
  ["no numbers", [], "scan: checkpointEvery is no number of steps: []"],
  ["another word", "sqr", 'scan: checkpointEvery is no number of steps: "sqr"'],
  ["an object", {}, "scan: checkpointEvery is no number of steps: Object"],
])("refused: %s", (_, value, message) => {
  expectError(scalar(value), ShapeError, `${message}; use an integer from 1, a list of them, "sqrt" or "log"`);
});

test.each<[unknown, string]>([
  [0, "0"],
  [[4, 0.5], "0.5"],
  [[4, "2"], '"2"'],
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
])("refused: %j", (value, shown) => {
  const message = `scan: the number of steps between checkpoints is not an integer of 1 or more: ${shown}; use 1 or more`;
  expectError(scalar(value), ShapeError, message);
});
