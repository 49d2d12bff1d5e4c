/** A plan as text: what each pass did, and the steps. */
import type { PlanReport, Program } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";
import { plan } from "./plan.ts";
import type { Step } from "./schedule/step.ts";
import type { Target } from "./schedule/target.ts";

/** Plans the Program once more, and writes down how. */
export function planReport(program: Program, target: Target): PlanReport {
  const passes: PlanReport["passes"][number][] = [];
  const { steps } = plan(program, target, ({ name }, before, after) =>
    passes.push({ name, nodesBefore: nodesOf(before), nodes: nodesOf(after), program: after }),
  );
  return { recorded: program, passes, steps: linesOf(steps) };
}

/** Nodes, those of bodies once. */
function nodesOf({ nodes }: Program): number {
  return nodes.flatMap(bodiesOf).reduce((total, body) => total + nodesOf(body), nodes.length);
}

function linesOf(steps: readonly Step[]): string[] {
  return steps.flatMap((step) => {
    if (step.kind === "loop")
      return [`loop, ${step.length} ×${step.reverse ? ", backwards" : ""}`, ...indented(step.body)];
    if (step.kind === "cond") return ["if", ...indented(step.whenTrue), "else", ...indented(step.whenFalse)];
    return [lineOf(step)];
  });
}

function indented(steps: readonly Step[]): string[] {
  return linesOf(steps).map((line) => `  ${line}`);
}

function lineOf(step: Exclude<Step, { readonly kind: "loop" | "cond" }>): string {
  switch (step.kind) {
    case "fused":
      return `fused over [${step.shape}]: ${step.nodes.map(({ op }) => op).join(" ")}${step.results.map(({ fold }) => (fold === undefined ? "" : ` ${fold}`)).join("")}`;
    case "matmul": {
      const [left, right] = [step.transposeLeft ? "ᵀ" : "", step.transposeRight ? "ᵀ" : ""];
      const epilogue =
        step.epilogue === undefined ? "" : `, then ${step.epilogue.step.nodes.map(({ op }) => op).join(" ")}`;
      return `matmul [${step.left.shape}]${left} · [${step.right.shape}]${right}${epilogue}`;
    }
    case "reduce":
      return `${step.op} of [${step.from.shape}]`;
    case "rows":
      return `${step.mode === "take" ? "read" : "add"} rows [${step.rows.shape}]`;
    case "host":
      return `${step.op.name} on the host, [${step.to.shape}]`;
    default:
      return `${step.kind} [${step.to.shape}]`;
  }
}
