/** A plan has what the target asks for, and its report says what each pass did. */
import { print } from "@tapegrad/core";
import { add, concat, matmul, neg, sum } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { type Pass, passes, plan, planReport, splitProducts, type Target } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { recorded } from "./passes.ts";
import { target } from "./target.ts";

inDoublePrecision();

const program = () => recorded((x, w) => sum(neg(neg(add(matmul(x, w), 1)))), [2, 3], [3, 4]);
const products = () => recorded((x, w) => sum(matmul(concat([x, x], { axis: -1 }), w)), [2, 3], [6, 4]);

it("leaves out the passes that do not pay on the target, and does its step passes in their order", () => {
  const own: Target = {
    ...target,
    without: [splitProducts],
    stepPasses: [
      (before) => ({ ...before, steps: before.steps.slice(0, 2) }),
      (before) => ({ ...before, steps: before.steps.slice(1) }),
    ],
  };
  const seen: Pass[] = [];
  const { steps, program: optimized } = plan(products(), own, ({ pass }) => seen.push(pass));
  expect(seen).toEqual(passes.map(({ pass }) => pass).filter((pass) => pass !== splitProducts));
  expect(print(optimized)).toContain("concat");
  expect(steps).toEqual(
    plan(products(), { ...target, without: [splitProducts] })
      .steps.slice(1, 2)
      .map(() => expect.anything()),
  );
});

it("its report has a row for each pass, and a line for each kernel", () => {
  const report = planReport(program(), target);
  expect(report.passes.map(({ name }) => name)).toEqual(passes.map(({ name }) => name));
  const row = report.passes.find(({ name }) => name === "decomposeByRecord");
  expect([row?.nodesBefore, row?.nodes]).toEqual([7, 5]);
  expect(print(report.passes.at(-1)?.program ?? report.recorded)).toBe(print(plan(program(), target).program));
  expect(report.steps).toEqual(["matmul [2,3] · [3,4]", "copy [1,1]", "fused over [2,4]: add sum"]);
});
