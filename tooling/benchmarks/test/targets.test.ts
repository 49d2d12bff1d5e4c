/** Verdicts, and the document they head. */
import { expect, it } from "vitest";
import { documentOf } from "../src/document.ts";
import type { Comparison, MeasuredStep, PeerName } from "../src/lstm.ts";
import type { NpmPeerName } from "../src/npm-peers.ts";
import { stepVerdicts, webGPUVerdicts } from "../src/step-targets.ts";
import { times } from "../src/table.ts";
import { atLeast, atMost, targetTable } from "../src/targets.ts";
import { taskOf } from "../src/tasks.ts";
import type { MeasuredWebGPUStep } from "../src/webgpu.ts";

it("a limit may be reached and not passed", () => {
  expect(atMost("x", 2, 2, times)).toEqual({ measure: "x", target: "≤ 2 ×", found: "2 ×", met: true });
  expect(atMost("x", 2.1, 2, times).met).toBe(false);
  expect(atLeast("x", 2, 2, times, "so")).toEqual({ measure: "x", target: "≥ 2 ×", found: "2 × (so)", met: true });
  expect(atLeast("x", 1.9, 2, times).met).toBe(false);
  expect(atMost("x", Number.NaN, 2, times).met).toBe(false);
});

it("says what was not measured, and yes or no", () => {
  const verdicts = [atMost("a", 1, 2, times), atMost("b", 3, 2, times), atMost("c", undefined, 2, times)];
  expect(targetTable(verdicts).rows).toEqual([
    ["a", "≤ 2 ×", "1 ×", "yes"],
    ["b", "≤ 2 ×", "3 ×", "no"],
    ["c", "≤ 2 ×", "not measured", "–"],
  ]);
});

function measured(name: "lstm" | "gru", ratios: readonly [PeerName, number][]): MeasuredStep {
  const comparison = (ratio: number): Comparison => ({ median: 1, ratio, firstCall: 2500 });
  const comparisons = new Map(ratios.map(([peer, ratio]) => [peer, comparison(ratio)]));
  return { task: taskOf(name, "M"), median: 1, firstCall: 200, comparisons };
}

it("judges the tasks that were measured; a GRU by the LSTM of its size", () => {
  const verdicts = stepVerdicts([measured("lstm", [["PyTorch", 0.9]]), measured("gru", [["PyTorch", 1]])]);
  expect(verdicts.map(({ measure, met }) => [measure, met])).toEqual([
    ["lstm M ÷ PyTorch", true],
    ["lstm M ÷ jax-js", undefined],
    ["lstm M ÷ TensorFlow.js", undefined],
    ["gru M ÷ PyTorch", false],
    ["first call of lstm M", true],
  ]);
});

function onWebGPU(size: "S" | "M", ratios: readonly [NpmPeerName, number][]): MeasuredWebGPUStep {
  const counts = { dispatches: 40, submits: 1 };
  const comparisons = new Map(ratios.map(([peer, ratio]) => [peer, { median: 1, firstCall: 1, ratio, counts }]));
  return { task: taskOf("lstm", size), median: 1, firstCall: 1, counts, comparisons };
}

it("judges WebGPU by both rivals, and says what was not measured", () => {
  const judged = (measured: readonly MeasuredWebGPUStep[] | undefined) =>
    webGPUVerdicts(measured).map(({ measure, target, met }) => [measure, target, met]);
  const step = onWebGPU("M", [
    ["jax-js", 0.26],
    ["TensorFlow.js", 0.04],
  ]);
  expect(judged([step])).toEqual([
    ["lstm M on WebGPU ÷ jax-js", "≤ 0.25 ×", false],
    ["lstm M on WebGPU ÷ TensorFlow.js", "≤ 0.05 ×", true],
  ]);
  expect(judged([onWebGPU("S", [["jax-js", 0.26]])])).toEqual([
    ["lstm S on WebGPU ÷ jax-js", "≤ 0.5 ×", true],
    ["lstm S on WebGPU ÷ TensorFlow.js", "≤ 0.05 ×", undefined],
  ]);
  expect(judged(undefined).map(([, , met]) => met)).toEqual([undefined, undefined, undefined, undefined]);
});

it("puts the targets before what they were measured by", () => {
  const table = { title: "matmul", note: "Note.", columns: ["shape"], rows: [["[1,1]"]] };
  const reports = [{ tables: [table], verdicts: [atMost("x", 1, 2, times)] }];
  const document = documentOf(reports, ["CPU: one"], new Date("2026-01-02"));
  expect(document).toContain("- Measured on 2026-01-02.\n- CPU: one\n");
  expect(document.indexOf("## Targets")).toBeLessThan(document.indexOf("## matmul"));
  expect(document).toContain("| x       |   ≤ 2 × | 1 × | yes |");
});
