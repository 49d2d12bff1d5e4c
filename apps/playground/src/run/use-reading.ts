/** The network's predictions on the passage around the cursor. All components of one page share the question. */
import { useRef } from "preact/hooks";
import type { Reading } from "../engine/answers/reading.ts";
import type { Run } from "./run.ts";
import { useAnswer } from "./use-answer.ts";

/** The last reading, also while that of another passage is on its way. */
export function useReading(run: Run): Reading | undefined {
  const passage = useRef({ start: 0, end: 0 });
  const cursor = run.cursor.value;
  const { start, end } = passage.current;
  // Within a passage all positions are the same question.
  const position = start <= cursor && cursor < end ? start : cursor;
  const { answer } = useAnswer(run, "reading", { position });
  if (answer !== undefined) passage.current = { start: answer.start, end: answer.start + answer.inputLabels.length };
  return answer;
}
