import { cpuBackend } from "@tapegrad/backend-cpu";
import { neg } from "@tapegrad/ops";
import { beforeAll, expect, test } from "vitest";
import { apply, type Backend, type OpDefinition, Parameter, setBackend, tensor } from "../src/index.ts";
import { type Application, type Frame, fromHost, isActive, withFrame } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

function recorder(): { frame: Frame; seen: string[]; entered: Parameter[] } {
  const [seen, entered]: [string[], Parameter[]] = [[], []];
  const frame: Frame = {
    kind: "tape",
    record: ({ op }: Application) => seen.push(op.name),
    enter: (parameter) => entered.push(parameter),
  };
  return { frame, seen, entered };
}

test("tapes see what is applied above them, down to a barrier", () => {
  const [outer, inner] = [recorder(), recorder()];
  withFrame(outer.frame, () => {
    neg(tensor(1));
    withFrame({ kind: "barrier" }, () => {
      neg(tensor(1));
      withFrame(inner.frame, () => neg(tensor(1)));
    });
  });
  neg(tensor(1));
  expect([outer.seen, inner.seen]).toEqual([["neg"], ["neg"]]);
});

test("an observer sees through barriers", () => {
  let count = 0;
  withFrame({ kind: "observer", observe: () => count++ }, () => withFrame({ kind: "barrier" }, () => neg(tensor(1))));
  expect(count).toBe(1);
});

test("frames are popped after a throw", () => {
  const { frame, seen } = recorder();
  expect(() =>
    withFrame(frame, () => {
      expect(isActive(frame)).toBe(true);
      throw new Error("inside");
    }),
  ).toThrow("inside");
  neg(tensor(1));
  expect([isActive(frame), seen]).toEqual([false, []]);
});

test("a rejected promise that a callback returned does not also go unhandled", async () => {
  expect(() =>
    withFrame({ kind: "barrier" }, async () => {
      throw new Error("later");
    }),
  ).toThrow("the callback returned a promise");
  await new Promise((resolve) => setTimeout(resolve, 0));
});

test("a tape takes note of a Parameter on its first read and before an assignment", () => {
  const { frame, entered } = recorder();
  const [read, assigned] = [new Parameter(1), new Parameter(1)];
  withFrame(frame, () => {
    neg(read.value);
    assigned.assign(tensor(2));
  });
  expect(entered).toEqual([read, assigned]);
});

test("an op that says how is decomposed, and recorders see the op, not its parts", () => {
  const twice: OpDefinition<Record<never, never>> = {
    name: "negTwice",
    type: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32" }),
    derivative: { kind: "none" },
    batching: { kind: "trailing" },
    tolerance: 0,
    decompose: ([x]) => neg(neg(x ?? tensor(0))),
  };
  const { frame, seen } = recorder();
  expect(withFrame(frame, () => apply(twice, [tensor([1, 2])], {})).dataSync()).toEqual(Float32Array.of(1, 2));
  expect(seen).toEqual(["negTwice"]);
});

test("ops run where their operands live, whatever the current backend", () => {
  const elsewhere: Backend = {
    ...{ name: "elsewhere", release: () => {}, synchronize: async () => {} },
    kernels: new Map([["neg", () => ({ backend: elsewhere })]]),
    supports: () => true,
    upload: () => ({ backend: elsewhere }),
    read: async () => Float32Array.of(0),
  };
  expect(neg(fromHost(Float32Array.of(1), [1], "float32", elsewhere)).backend).toBe(elsewhere);
});
