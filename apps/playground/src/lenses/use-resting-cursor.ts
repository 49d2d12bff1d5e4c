/** The first cursor of a lens that looks back in time: at the start of the data there is no past to show. */
import { useEffect } from "preact/hooks";
import type { Run } from "../run/run.ts";

/** Steps that are enough to see something vanish over, and as few as nobody would have chosen. */
const farEnough = 40;
const tooNear = 8;

/** With other data, and when the lens opens, a cursor at the very beginning goes on to where something lies before it. */
export function useRestingCursor(run: Run): void {
  const length = run.summary.value?.length ?? 0;
  useEffect(() => {
    // Whoever started the run sets the cursor right after.
    const timer = setTimeout(() => {
      const place = Math.min(farEnough, length - 2);
      if (run.cursor.peek() < Math.min(tooNear, place)) run.cursor.value = place;
    });
    return () => clearTimeout(timer);
  }, [run, length]);
}
