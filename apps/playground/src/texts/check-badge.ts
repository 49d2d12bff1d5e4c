/** The texts of the gradient check's badge: short, because they are part of the first view. */
import { type CheckState, worstOf } from "../check/gradients.ts";

export const checkBadge = {
  title: "Gradient check",
  said: ({ rows, running }: CheckState) => {
    if (running) return "checking gradients …";
    if (rows.length === 0) return "Check gradients";
    const found = rows.every(({ passed }) => passed) ? "gradients checked" : "gradients wrong";
    return `${found}: worst error ${shortError(worstOf(rows))}`;
  },
} as const;

/** A relative error: in percent where it is large. */
export function shortError(error: number): string {
  return error < 0.01 ? error.toExponential(0) : `${Math.round(100 * error)} %`;
}
