import { fileURLToPath } from "node:url";
import { expectClose } from "@tapegrad/conformance";
import { AnomalyError, Parameter, type Tensor, tensor } from "@tapegrad/core";
import {
  add,
  div,
  exp,
  log,
  logSumExp,
  matmul,
  max,
  mul,
  pow,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  where,
} from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { checkpoint, cond, customVjp, detectAnomaly, grad, jvp, scan, Tape, vmap } from "../src/index.ts";
import { inDoublePrecision, values } from "./comparison.ts";

inDoublePrecision();

const file = fileURLToPath(import.meta.url);

/** The line of this file on which the caller of this function stands. */
function line(): number {
  const frame = (new Error().stack ?? "").split("\n").find((text, i) => i > 1 && text.includes(file));
  return Number(/:(\d+):\d+\)?$/.exec(frame ?? "")?.[1]);
}

/** What `detectAnomaly` says about `fn`, without the column. */
function anomaly(fn: () => unknown): string {
  try {
    detectAnomaly(fn);
  } catch (error) {
    expect(error).toBeInstanceOf(AnomalyError);
    return error instanceof Error ? error.message.replace(/(:\d+):\d+/, "$1") : "";
  }
  return "nothing";
}

const zero = tensor([0, 1]);

describe("detectAnomaly names the op and the caller's own line", () => {
  test("forward", () => {
    const at = line() + 1;
    const logs = (x: Tensor) => sum(log(x));
    expect(anomaly(() => logs(zero))).toBe(`log: made -Infinity: from [2]; called at ${file}:${at}`);
  });

  test("the first op, not those that its result runs into", () => {
    const at = line() + 2;
    const f = (x: Tensor) => {
      const y = div(sub(x, x), sub(x, x));
      return sum(exp(mul(y, 2)));
    };
    expect(anomaly(() => f(zero))).toBe(`div: made NaN: from [2], [2]; called at ${file}:${at}`);
  });

  test("backward: the line is that of the op which is differentiated", () => {
    const at = line() + 1;
    const root = (x: Tensor) => sqrt(x);
    const message = `div: made Infinity: from [], [2]; called at ${file}:${at} (the derivative of sqrt)`;
    expect(anomaly(() => grad((x: Tensor) => sum(root(x)))(zero))).toBe(message);
    expect(
      anomaly(() => {
        const tape = new Tape();
        const y = tape.record(() => sum(root(zero)));
        return tape.gradient(y, zero);
      }),
    ).toBe(message);
  });

  test("backward through a tape that was recorded outside: the line of the call", () => {
    const tape = new Tape();
    const y = tape.record(() => sum(sqrt(zero)));
    const at = line() + 1;
    const pull = () => tape.gradient(y, zero);
    expect(anomaly(pull)).toBe(`div: made Infinity: from [], [2]; called at ${file}:${at}`);
  });

  test("forward mode and second order", () => {
    const at = line() + 1;
    const power = (x: Tensor) => pow(x, 1.5);
    expect(anomaly(() => jvp(power, [zero], [tensor([1, 1])]))).toBe("nothing");
    const second = () => grad((x: Tensor) => sum(grad((y: Tensor) => sum(power(y)))(x)))(zero);
    expect(anomaly(second)).toContain(`called at ${file}:${at} (the derivative of`);
  });

  test("inside scan: the line of the body, forward and backward", () => {
    const at = line() + 2;
    const step = (c: Tensor, x: Tensor) => {
      const next = mul(c, sqrt(x));
      return [add(next, 0), null] as const;
    };
    const run = (xs: Tensor) => scan(step, tensor(1), xs)[0];
    expect(anomaly(() => run(tensor([4, 1, -1])))).toBe(`sqrt: made NaN: from []; called at ${file}:${at}`);
    expect(anomaly(() => run(tensor([4, 0, 1])))).toBe("nothing");
    expect(anomaly(() => grad(run)(tensor([4, 0, 1])))).toBe(
      `div: made Infinity: from [], []; called at ${file}:${at} (the derivative of sqrt)`,
    );
  });

  test("inside scan: a contraction whose result was stored keeps its line", () => {
    const large = tensor([[1e200]]);
    const at = line() + 1;
    const step = (c: Tensor, x: Tensor) => [matmul(c, x), null] as const;
    const loss = (xs: Tensor) => mul(sum(scan(step, large, xs)[0]), 1e150);
    expect(anomaly(() => grad(loss)(tensor([[[1e-100]], [[1]]])))).toBe(
      `matmul: made Infinity: from [1,1], [1,1]; called at ${file}:${at} (the derivative of matmul)`,
    );
  });

  test("inside cond, checkpoint, customVjp and vmap", () => {
    const at = line() + 1;
    const logs = (x: Tensor) => log(x);
    const message = (shape: string) => `log: made -Infinity: from ${shape}; called at ${file}:${at}`;
    expect(anomaly(() => cond(1, logs, (x: Tensor) => x, zero))).toBe(message("[2]"));
    expect(anomaly(() => cond(0, logs, (x: Tensor) => x, zero))).toBe("nothing");
    expect(anomaly(() => checkpoint(logs)(zero))).toBe(message("[2]"));
    expect(anomaly(() => vmap(logs)(zero))).toBe(message("[2]"));
    const rule = customVjp({ forward: (x: Tensor) => [logs(x), []], backward: (_, g) => [g] });
    expect(anomaly(() => rule(zero))).toBe(message("[2]"));
  });

  test("deep in the caller's own functions", () => {
    const at = line() + 1;
    const leaf = (x: Tensor): Tensor => log(x);
    const deep = (x: Tensor, depth: number): Tensor => (depth === 0 ? leaf(x) : deep(x, depth - 1));
    expect(anomaly(() => deep(zero, 40))).toBe(`log: made -Infinity: from [2]; called at ${file}:${at}`);
  });
});

describe("detectAnomaly is silent", () => {
  test("about what is finite, and gives the result", () => {
    expectClose(
      detectAnomaly(() => add(zero, 1)),
      tensor([1, 2]),
    );
  });

  test("about infinities that the caller wrote or passed", () => {
    expectClose(
      detectAnomaly(() => softmax(where(tensor([true, false]), zero, -Infinity))),
      tensor([1, 0]),
    );
    const given = tensor([Infinity, 1]);
    expect(anomaly(() => mul(given, 2))).toBe("nothing");
    expect(anomaly(() => sub(given, given))).toBe("nothing");
  });

  test("about the constants of our own derivatives", () => {
    const x = tensor([1, 2]);
    expectClose(
      detectAnomaly(() => grad((y: Tensor) => logSumExp(y))(x)),
      softmax(x),
    );
    expect(anomaly(() => grad((y: Tensor) => sum(max(square(y))))(x))).toBe("nothing");
  });

  test("once it is over, also after an error", () => {
    expect(() => detectAnomaly(() => log(zero))).toThrow(AnomalyError);
    const tape = new Tape();
    const p = new Parameter(zero);
    const y = tape.record(() => log(p));
    expect([values(y), tape.nodes[0]?.origin]).toEqual([[-Infinity, 0], undefined]);
  });
});

test("nodes recorded under detectAnomaly know their lines", () => {
  const tape = new Tape();
  const at = line() + 1;
  detectAnomaly(() => tape.record(() => exp(zero)));
  expect(tape.nodes[0]?.origin).toMatch(new RegExp(`:${at}:\\d+$`));
});
