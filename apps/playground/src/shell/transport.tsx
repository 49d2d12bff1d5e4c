/** Train, pause, step, rewind and the speed: always on the page. No button disables itself, so that focus stays where it is. */
import type { Speed } from "../engine/protocol.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";
import { narrow } from "./narrow.ts";
import { Status } from "./status.tsx";

const speeds: readonly Speed[] = ["slow", "fast", "full"];

export function Transport({ run }: { readonly run: Run }) {
  const training = run.isTraining.value;
  // After a failure nothing can be trained: the way on is the way back.
  const failed = run.phase.value === "failed";
  return (
    <div class="transport">
      <Status run={run} />
      <fieldset class="buttons" aria-label={shellTexts.training}>
        <button
          type="button"
          class={failed ? undefined : "primary"}
          aria-disabled={failed}
          onClick={() => void (training ? run.pause() : run.train())}
        >
          {training ? shellTexts.pause : shellTexts.train}
        </button>
        <button
          type="button"
          aria-disabled={training || failed}
          aria-label={shellTexts.step}
          onClick={() => void run.stepOnce()}
        >
          {narrow.value ? shellTexts.stepShort : shellTexts.step}
        </button>
        <button
          type="button"
          class={failed ? "primary" : undefined}
          onClick={() => void run.rewind()}
          title={shellTexts.rewindTitle}
        >
          {shellTexts.rewind}
        </button>
        <label class="speed">
          <span class="visually-hidden">{shellTexts.speed}</span>
          <select
            value={run.speed.value}
            onChange={(event) => {
              const chosen = speeds.find((speed) => speed === event.currentTarget.value);
              if (chosen !== undefined) void run.setSpeed(chosen);
            }}
          >
            {speeds.map((speed) => (
              <option key={speed} value={speed}>
                {(narrow.value ? shellTexts.speedsShort : shellTexts.speeds)[speed]}
              </option>
            ))}
          </select>
        </label>
        {narrow.value && (
          <button type="button" class="open-sheet" popovertarget="run-sheet">
            {shellTexts.run}
          </button>
        )}
      </fieldset>
      <dl class="figures">
        <div>
          <dt>{shellTexts.stepCount}</dt>
          <dd id="step">{run.step.value.toLocaleString("en")}</dd>
        </div>
        <div>
          <dt>{shellTexts.rate}</dt>
          <dd id="steps-per-second">{run.stepsPerSecond.value === 0 ? "–" : run.stepsPerSecond.value.toFixed(0)}</dd>
        </div>
      </dl>
    </div>
  );
}
