/** The state of the run in one sentence, and the next thing to do. */
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";

export function Status({ run }: { readonly run: Run }) {
  const problem = run.problem.value;
  return (
    <div class="status">
      {/* Both are always there, so that what appears in them is announced. */}
      <p role="status">{problem === undefined ? sentence(run) : ""}</p>
      <p role="alert" class="problem">
        {problem}
      </p>
    </div>
  );
}

function sentence(run: Run): string {
  const { status } = shellTexts;
  const step = run.step.value;
  if (run.phase.value === "starting") return status.starting;
  if (run.phase.value === "training") return status.training;
  if (run.solved.value) return status.solved(step);
  if (step > 0) return status.paused(step);
  return run.settings.value.weights === undefined ? status.untrained : status.opened;
}
