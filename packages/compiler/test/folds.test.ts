/** Reductions that become part of the loop that computes what they reduce, and those that do not. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, type Tensor } from "@tapegrad/core";
import { add, broadcastTo, exp, matmul, max, mul, reshape, sub, sum, tanh } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { type Step, schedule, type Target } from "../src/index.ts";
import { recorded } from "./passes.ts";

setBackend(cpuBackend);

const target: Target = {
  name: "test",
  isElementwise: ({ op }) => ["add", "exp", "mul", "sub", "tanh"].includes(op.name),
  fitsOneLoop: (ops) => ops.length <= 4,
  foldsInLoop: ({ shape }) => shape[0] !== 7,
  needsRuns: false,
  sortScratch: () => 0,
  hasHost: false,
};

/** Each step: of a loop the ops, what is stored and what is folded; of others the kind. */
function stepsOf(fn: (...inputs: Tensor[]) => unknown, ...shapes: readonly (readonly number[])[]): string[] {
  return schedule(recorded(fn, ...shapes), target).steps.map(described);
}

function described(step: Step): string {
  if (step.kind === "copy") return `copy ${step.from.kind === "constant" ? step.from.value : ""}`.trim();
  if (step.kind !== "fused") return step.kind;
  const results = step.results.map(({ node, fold, to }) => `${fold ?? "store"} ${node} [${to.strides}]`);
  return `${step.nodes.map(({ op }) => op).join(" ")}: ${results.join(", ")}`;
}

describe("a reduction", () => {
  test("is made in the loop before it, which stores only what is read elsewhere", () => {
    expect(stepsOf((x) => sum(tanh(x), { axis: 1 }), [4, 6])).toEqual(["copy 0", "tanh: sum 0 [1,0]"]);
    const both = (x: Tensor) => {
      const y = tanh(x);
      return [y, max(exp(y), { axis: 0 })];
    };
    expect(stepsOf(both, [4, 6])).toEqual(["copy -Infinity", "tanh exp: store 0 [6,1], max 1 [0,1]"]);
  });

  test("shares the loop with others, over other axes, and with what comes after", () => {
    const several = (x: Tensor) => {
      const y = tanh(x);
      return [sum(y, { axis: 0 }), sum(y, { axis: 1 }), mul(y, x)];
    };
    expect(stepsOf(several, [4, 6])).toEqual(["copy 0", "copy 0", "tanh mul: store 1 [6,1], sum 0 [0,1], sum 0 [1,0]"]);
  });

  test("is complete before it is read, also by what could join the loop", () => {
    const centred = (x: Tensor) => {
      const y = tanh(x);
      return sub(y, sum(y, { axis: -1, keepDims: true }));
    };
    expect(stepsOf(centred, [4, 6])).toEqual(["copy 0", "tanh: store 0 [6,1], sum 0 [1,0]", "sub: store 0 [6,1]"]);
    const softmax = (x: Tensor) => {
      const y = exp(x);
      return add(reshape(sum(y, { axis: 1 }), [4]), 1);
    };
    expect(stepsOf(softmax, [4, 6])).toEqual(["copy 0", "exp: sum 0 [1,0]", "add: store 0 [1]"]);
  });

  test("is complete before it is read, where its loop has joined another one", () => {
    const joined = (a: Tensor, b: Tensor) => {
      const z = tanh(b);
      const total = sum(z, { axis: 1 });
      const y = add(exp(a), z);
      return [matmul(reshape(sub(total, 1), [1, 4]), a), y];
    };
    expect(stepsOf(joined, [4, 6], [4, 6])).toEqual([
      "copy 0",
      "exp tanh add: store 2 [6,1], sum 1 [1,0]",
      "sub: store 0 [1]",
      "matmul",
    ]);
  });

  test("is copied to where it repeats, and not stored there unfolded", () => {
    const repeated = (x: Tensor) => broadcastTo(sum(tanh(x), { axis: 1, keepDims: true }), [4, 6]);
    expect(stepsOf(repeated, [4, 6])).toEqual(["copy 0", "tanh: sum 0 [1,0]", "copy"]);
  });

  test("of a reduction, of memory, or where the target cannot, is a step", () => {
    expect(stepsOf((x) => sum(sum(tanh(x), { axis: 0 })), [4, 6])).toEqual(["copy 0", "tanh: sum 0 [0,1]", "reduce"]);
    expect(stepsOf((x) => sum(x), [4, 6])).toEqual(["reduce"]);
    expect(stepsOf((x) => sum(tanh(x)), [7, 6])).toEqual(["tanh: store 0 [6,1]", "reduce"]);
  });
});
