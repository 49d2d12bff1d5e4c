/** Where a lens that looks back in time begins: at the start of the data there is nothing to look back at. */
import { useEffect } from "preact/hooks";
import type { Run } from "../run/run.ts";

/** Steps that are enough to see something vanish over. */
const farEnough = 40;

/** A cursor that nobody moved goes on to where something lies before it. */
export function useRestingCursor(run: Run): void {
  const length = run.summary.value?.length ?? 0;
  useEffect(() => {
    if (run.cursor.peek() === 0 && length > 1) run.cursor.value = Math.min(farEnough, length - 2);
  }, [run, length > 1]);
}
