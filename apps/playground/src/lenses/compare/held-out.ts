/** How good the network is on sequences that it is never trained on. */
import type { Session } from "../../engine/session.ts";

export interface HeldOut {
  /** As the page shows losses; undefined where the task holds nothing out. */
  readonly loss: number | undefined;
  readonly isSolved: boolean;
}

export function heldOut(session: Session, _: Readonly<Record<string, never>>): HeldOut {
  const loss = session.heldOutLoss();
  return { loss, isSolved: loss !== undefined && loss < (session.task.solvedBelow ?? 0) };
}
