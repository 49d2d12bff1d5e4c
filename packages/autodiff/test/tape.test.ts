import { expectClose } from "@tapegrad/conformance";
import {
  DisposedError,
  DTypeError,
  Parameter,
  ShapeError,
  type Tensor,
  TraceError,
  tensor,
  withParameters,
} from "@tapegrad/core";
import { withFrame } from "@tapegrad/core/internal";
import {
  add,
  cast,
  exp,
  floor,
  matmul,
  mul,
  neg,
  reshape,
  sin,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
} from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { detectAnomaly, grad, noGrad, Tape } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";

inDoublePrecision();

const opsOf = (tape: Tape) => tape.nodes.map(({ op }) => op.name);

describe("a tape", () => {
  test("gives the gradient as the same tree as the sources", () => {
    const [x, p] = [tensor([1, 2]), new Parameter([3, 4])];
    const tape = new Tape();
    const y = tape.record(() => sum(mul(x, p)));
    const gradients = tape.gradient(y, { both: [x, p], again: { p } });
    expectTypeOf(gradients).toEqualTypeOf<{ both: [Tensor, Tensor]; again: { p: Tensor } }>();
    expectClose(gradients, { both: [tensor([3, 4]), tensor([1, 2])], again: { p: tensor([1, 2]) } });
    expectTypeOf(tape.gradient(y, x)).toEqualTypeOf<Tensor>();
    expectTypeOf(tape.gradient(y, p)).toEqualTypeOf<Tensor>();
  });

  test("can be asked for several targets, and again after recording more", () => {
    const x = tensor(3);
    const tape = new Tape();
    const [a, b] = tape.record(() => [square(x), sin(x)] as const);
    expectClose(tape.gradient(a, x), tensor(6));
    expectClose(tape.gradient(b, x), tensor(Math.cos(3)));
    const c = tape.record(() => mul(a, b));
    expectClose(tape.gradient(c, [x, a]), [tensor(6 * Math.sin(3) + 9 * Math.cos(3)), tensor(Math.sin(3))]);
    expectClose(tape.gradient(a, x), tensor(6));
  });

  test("gives the gradient of an intermediate value, and of the target itself", () => {
    const x = tensor(2);
    const tape = new Tape();
    const { y, z } = tape.record(() => {
      const inner = square(x);
      return { y: inner, z: mul(inner, 5) };
    });
    expectClose(tape.gradient(z, [y, z, x]), [tensor(5), tensor(1), tensor(20)]);
  });

  test("sums over every way on which the target depends on a source", () => {
    const x = tensor(2);
    const tape = new Tape();
    const y = tape.record(() => add(mul(x, x), mul(x, neg(x))));
    expectClose(tape.gradient(y, x), tensor(0));
  });

  test("a tape nested in another: both see the ops, the outer one also the inner one's gradient", () => {
    const x = tensor(3);
    const [outer, inner] = [new Tape(), new Tape()];
    const slope = outer.record(() => {
      const y = inner.record(() => mul(square(x), x));
      return inner.gradient(y, x);
    });
    expectClose(slope, tensor(27));
    expectClose(outer.gradient(slope, x), tensor(18));
    const third = new Tape();
    const curvature = third.record(() => {
      const middle = new Tape();
      const first = middle.record(() => {
        const tape = new Tape();
        const y = tape.record(() => mul(square(x), square(x)));
        return tape.gradient(y, x);
      });
      return middle.gradient(first, x);
    });
    expectClose(curvature, tensor(12 * 9));
    expectClose(third.gradient(curvature, x), tensor(24 * 3));
  });

  test("a derivative follows integers nowhere", () => {
    const x = tensor([1.5, 2.5]);
    const tape = new Tape();
    const y = tape.record(() => sum(mul(cast(cast(x, "int32"), "float64"), x)));
    expectClose(tape.gradient(y, x), tensor([1, 2]));
  });
});

describe("Recorders: `noGrad` is a barrier that hides the gradient tapes below it", () => {
  test("and not those above it", () => {
    const x = tensor(2);
    const [outer, inner] = [new Tape(), new Tape()];
    const y = outer.record(() => noGrad(() => inner.record(() => square(x))));
    expect([opsOf(outer), opsOf(inner)]).toEqual([[], ["square"]]);
    expectClose(inner.gradient(y, x), tensor(4));
  });

  test("so that a product with a value from behind it has half the gradient", () => {
    expectClose(
      grad((x: Tensor) =>
        mul(
          x,
          noGrad(() => mul(x, 1)),
        ),
      )(tensor(3)),
      tensor(3),
    );
  });
});

describe("Recorders: Frames are popped in `finally`", () => {
  test("a tape whose recording threw records nothing more, and can record again", () => {
    const tape = new Tape();
    const fail = () => {
      throw new Error("inside");
    };
    expect(() => tape.record(fail)).toThrow("inside");
    expect(() => noGrad(fail)).toThrow("inside");
    neg(tensor(1));
    expect(tape.nodes).toEqual([]);
    const x = tensor(2);
    expectClose(
      tape.gradient(
        tape.record(() => square(x)),
        x,
      ),
      tensor(4),
    );
  });
});

describe("Recorders: a callback that returns a Promise is a `TraceError`", () => {
  const remedy = "the callback returned a promise; await before or after, not inside";
  test.each<[string, () => unknown]>([
    ["record", () => new Tape().record(async () => tensor(1))],
    ["noGrad", () => noGrad(async () => tensor(1))],
    ["detectAnomaly", () => detectAnomaly(async () => tensor(1))],
    ["withParameters", () => withParameters([], [], async () => tensor(1))],
    ["grad", () => grad((async (x: Tensor) => x) as unknown as (x: Tensor) => Tensor)(tensor(1))],
  ])("%s", (op, call) => expectError(call, TraceError, `${op}: ${remedy}`));
});

describe("Identity", () => {
  test("every op application, also a reshape that changes nothing, returns a fresh id", () => {
    const x = tensor([1, 2]);
    const same = reshape(x, [2]);
    expect(same.variable.id).not.toBe(x.variable.id);
    const tape = new Tape();
    const y = tape.record(() => sum(mul(x, reshape(x, [2]))));
    expectClose(tape.gradient(y, x), tensor([2, 4]));
    expectClose(tape.gradient(y, same), tensor([0, 0]));
  });

  test("tapes are keyed by id and keep the very tensor", () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const y = tape.record(() => square(exp(x)));
    const [first, second] = tape.nodes;
    expect(first?.inputs[0]).toBe(x.variable);
    expect(second?.outputs[0]).toBe(y.variable);
    expect(second?.savedInputs[0]?.variable).toBe(first?.outputs[0]);
    expect(second?.savedInputs[0]).toBe(first?.savedOutputs[0]);
  });
});

describe("tape.gradient", () => {
  test("a non-scalar target needs `{ seed }`", () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const y = tape.record(() => square(x));
    expectError(
      () => tape.gradient(y, x),
      ShapeError,
      "gradient: the target has 2 values: [2]; reduce it to one, or pass { seed }",
    );
    expectError(
      () => tape.gradient(y, x, { seed: tensor([1, 2, 3]) }),
      ShapeError,
      "gradient: the seed has another shape: [3] for [2]",
    );
    expectClose(tape.gradient(y, x, { seed: tensor([10, 100]) }), tensor([20, 400]));
  });

  test("a seed of another dtype is cast to the target's", () => {
    const x = tensor([1, 2]);
    const tape = new Tape();
    const y = tape.record(() => neg(x));
    expectClose(tape.gradient(y, x, { seed: tensor([1, 2], { dtype: "float32" }) }), tensor([-1, -2]));
  });

  test("one value in any shape is a scalar, and a seed scales it", () => {
    const x = tensor([[3]]);
    const tape = new Tape();
    const y = tape.record(() => square(x));
    expectClose(tape.gradient(y, x), tensor([[6]]));
    expectClose(tape.gradient(y, x, { seed: tensor([[2]]) }), tensor([[12]]));
  });

  test("a target that was not recorded is an error", () => {
    const [x, tape] = [tensor(1), new Tape()];
    tape.record(() => square(x));
    expectError(
      () => tape.gradient(square(x), x),
      TraceError,
      "gradient: the target [] was not recorded by this tape; compute it inside tape.record",
    );
    const hidden = tape.record(() => noGrad(() => square(x)));
    expect(() => tape.gradient(hidden, x)).toThrow(TraceError);
  });

  test("a call inside its own `record` is an error", () => {
    const [x, tape] = [tensor(1), new Tape()];
    expectError(
      () => tape.record(() => tape.gradient(square(x), x)),
      TraceError,
      "gradient: called inside this tape's own record; call it after record returns, or nest another tape",
    );
    expectError(
      () => tape.record(() => tape.record(() => x)),
      TraceError,
      "record: called inside this tape's own record; call it after record returns, or nest another tape",
    );
  });

  test("an integer target, and a source that is no tensor, are errors", () => {
    const [x, tape] = [tensor(1), new Tape()];
    const y = tape.record(() => cast(square(x), "int32"));
    expectError(
      () => tape.gradient(y, x),
      DTypeError,
      "gradient: the target is int32, not a float; differentiate a float result",
    );
    const z = tape.record(() => square(x));
    const message = "is not a tensor: 3; differentiate with respect to trees of tensors, Parameters and modules";
    expectError(() => tape.gradient(z, [x, 3]), DTypeError, `gradient: sources[1] ${message}`);
    expectError(() => new Tape({ sources: { x: 3 } }), DTypeError, `Tape: sources.x ${message}`);
  });

  test("unconnected sources give zeros of their shape and dtype", () => {
    const [x, n, p] = [tensor([1, 2]), tensor([[1], [2]], { dtype: "float32" }), new Parameter([1, 2, 3])];
    const tape = new Tape();
    const y = tape.record(() => add(sum(square(x)), sum(stopGradient(floor(p)))));
    const zero = tensor([[0], [0]], { dtype: "float32" });
    expectClose(tape.gradient(y, { x, n, p }), { x: tensor([2, 4]), n: zero, p: tensor([0, 0, 0]) });
  });

  test("is callable repeatedly until `release()` ends it", () => {
    const [x, tape] = [tensor(3), new Tape()];
    const y = tape.record(() => square(x));
    for (let i = 0; i < 3; i++) expectClose(tape.gradient(y, x), tensor(6));
    tape.release();
    tape.release();
    expect(tape.nodes).toEqual([]);
    for (const [what, call] of [
      ["gradient", () => tape.gradient(y, x)],
      ["record", () => tape.record(() => x)],
    ] as const) {
      expectError(call, DisposedError, `${what}: the tape was released; release it after its last gradient`);
    }
  });

  test("or `using` ends it", () => {
    const x = tensor(3);
    let escaped: Tape;
    {
      using tape = new Tape();
      escaped = tape;
      expectClose(
        tape.gradient(
          tape.record(() => square(x)),
          x,
        ),
        tensor(6),
      );
    }
    expect(() => escaped.nodes).not.toThrow();
    expect(() => escaped.record(() => x)).toThrow(DisposedError);
  });

  test("a source that the function gives back unchanged has the gradient 1", () => {
    const [x, p, tape] = [tensor(3), new Parameter(4), new Tape()];
    expectClose(
      tape.gradient(
        tape.record(() => x),
        x,
      ),
      tensor(1),
    );
    expectClose(
      tape.gradient(
        tape.record(() => p.value),
        p,
      ),
      tensor(1),
    );
  });
});

describe("new Tape({ sources?, keep? })", () => {
  const [x, w, c] = [tensor([[1, 2]]), tensor([[3], [4]]), tensor([[0.5, -0.5]])];
  const f = () => sum(tanh(matmul(add(square(c), sub(x, 1)), w)));

  test("with sources it saves only what depends on them", () => {
    const tape = new Tape({ sources: { only: [w] } });
    const y = tape.record(f);
    expect(opsOf(tape)).toEqual(["matmul", "tanh", "sum", "reshape"]);
    const [product, activation, total] = tape.nodes;
    expect(product?.savedInputs.map((input) => input?.shape)).toEqual([
      [1, 2],
      [2, 1],
    ]);
    expect([activation?.savedInputs, activation?.savedOutputs.length]).toEqual([[undefined], 1]);
    expect([total?.savedInputs, total?.savedOutputs]).toEqual([[undefined], [undefined]]);
    const all = new Tape();
    const z = all.record(f);
    expectClose(tape.gradient(y, w), all.gradient(z, w), 0);
    expectClose(tape.gradient(y, x), tensor([[0, 0]]));
  });

  test("without, it saves what each op says that its derivative reads, and drops constants and integers", () => {
    const tape = new Tape();
    tape.record(() => [f(), floor(x), cast(x, "int32"), stopGradient(x)]);
    expect(opsOf(tape)).toEqual(["square", "sub", "add", "matmul", "tanh", "sum", "reshape"]);
    expect(tape.nodes.map(({ savedInputs }) => savedInputs.map((input) => input !== undefined))).toEqual([
      [true],
      [false, false],
      [false, false],
      [true, true],
      [false],
      [false],
      [false],
    ]);
    expect(tape.nodes.filter(({ savedOutputs }) => savedOutputs[0] !== undefined).map(({ op }) => op.name)).toEqual([
      "tanh",
    ]);
  });

  test("sources may be Parameters, whose entry value counts", () => {
    const [p, q] = [new Parameter(2), new Parameter(3)];
    const tape = new Tape({ sources: [p] });
    const y = tape.record(() => add(mul(square(p), 5), square(q)));
    expect(opsOf(tape)).toEqual(["square", "mul", "add"]);
    expectClose(tape.gradient(y, [p, q]), [tensor(20), tensor(0)]);
  });

  test('`keep: "all"` is for drawing: nodes are enough to draw the graph', () => {
    const tape = new Tape({ keep: "all" });
    const y = tape.record(() => noGradPart(x));
    expect(opsOf(tape)).toEqual(["full", "mul", "cast", "floor", "cast", "add", "sum", "reshape"]);
    const names = new Map([[x.variable.id, "x"]]);
    const lines = tape.nodes.map(({ op, inputs, outputs, attributes, savedInputs, savedOutputs }, i) => {
      for (const { id } of outputs) names.set(id, `${op.name}${i}`);
      expect([...savedInputs, ...savedOutputs].every((held) => held !== undefined)).toBe(true);
      const shapes = outputs.map(({ shape, dtype }) => `${dtype} [${shape}]`).join();
      return `${outputs.map(({ id }) => names.get(id))} ${shapes} <- ${inputs.map(({ id }) => names.get(id))} ${Object.keys(attributes)}`;
    });
    expect(lines).toEqual([
      "full0 float64 [] <-  shape,value,dtype",
      "mul1 float64 [1,2] <- x,full0 ",
      "cast2 int32 [1,2] <- mul1 dtype",
      "floor3 float64 [1,2] <- x ",
      "cast4 float64 [1,2] <- cast2 dtype",
      "add5 float64 [1,2] <- cast4,floor3 ",
      "sum6 float64 [1,1] <- add5 axes",
      "reshape7 float64 [] <- sum6 shape",
    ]);
    expect(tape.nodes.at(-1)?.outputs[0]).toBe(y.variable);
    expect(values(tape.nodes[1]?.savedOutputs[0] ?? x)).toEqual([2, 4]);
    expectClose(tape.gradient(y, x), tensor([[0, 0]]));
  });

  const noGradPart = (input: Tensor) => {
    const doubled = mul(input, 2);
    return sum(add(cast(doubled, "int32"), floor(input)));
  };
});

test("a recording keeps nothing of a frame that only observes", () => {
  const seen: string[] = [];
  const tape = new Tape();
  tape.record(() =>
    withFrame({ kind: "observer", observe: ({ op }) => seen.push(op.name) }, () => square(random([2]))),
  );
  expect([seen, opsOf(tape)]).toEqual([["square"], ["square"]]);
});
