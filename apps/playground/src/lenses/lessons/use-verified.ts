/** Verifies a lesson's task from the state of the engine and the page whenever either changes. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { place } from "../../link/address.ts";
import type { Run } from "../../run/run.ts";
import { pinned, standard } from "../compare/compared.ts";
import type { Evidence, LessonId, RunState } from "./lesson.ts";
import { lessons } from "./lessons.ts";
import { markDone, progress } from "./progress.ts";

/** Milliseconds from a change to its verification. */
const interval = 250;

/** Once done, a task stays done. */
export function useVerified(lesson: LessonId, run: Run): boolean {
  const evidence = useRef<Evidence>(undefined);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const shown = useSignal(lesson);
  shown.value = lesson;
  useSignalEffect(() => {
    const id = shown.value;
    evidence.current = evidenceOf(run);
    due.current ??= setTimeout(async () => {
      due.current = undefined;
      const newest = evidence.current;
      if (newest !== undefined && (await isDone(id, newest))) markDone(id);
    }, interval);
    return undefined;
  });
  return progress.value.done.includes(lesson);
}

async function isDone(lesson: LessonId, evidence: Evidence): Promise<boolean> {
  try {
    return await lessons[lesson].verify(evidence);
  } catch {
    // A question that the model of the moment cannot answer: the task is not done.
    return false;
  }
}

/** Reads signals: who asks follows them. */
function evidenceOf(run: Run): Evidence {
  const compared = [...pinned.value, ...standard.value];
  return { run: stateOf(run), compared: compared.map((each) => stateOf(each.run)), place: place.value };
}

function stateOf(run: Run): RunState {
  return {
    settings: run.settings.value,
    summary: run.summary.value,
    step: run.step.value,
    loss: run.course.value.losses.at(-1),
    unit: run.unit.value,
    cursor: run.cursor.value,
    ask: (question, argument) => run.ask(question, argument),
  };
}
