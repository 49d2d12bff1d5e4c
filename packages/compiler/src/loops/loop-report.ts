/** Reports which ops left their loops: ops are counted before and after the passes that move them. */
import { scanOp } from "@tapegrad/autodiff";
import type { Program } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";
import type { PassObserver } from "../plan.ts";
import type { Pass } from "../rewrite/rewrite.ts";
import { hoistInvariants, hoistProjections } from "./hoist.ts";
import { moveAfterLoop } from "./move-after-loop.ts";

const reasons = new Map<Pass, string>([
  [hoistInvariants, "the same at every step"],
  [hoistProjections, "of all steps' inputs at once, before the loop"],
  [moveAfterLoop, "of all steps at once, after the loop"],
]);

/** Watches the passes of one plan. */
export class LoopReport {
  readonly #moved = new Map<string, Map<string, number>>();

  /** What `plan` is given. */
  readonly observe: PassObserver = ({ pass }, before, after) => {
    const reason = reasons.get(pass);
    if (reason === undefined) return;
    const [then, now] = [opsInLoops(before), opsInLoops(after)];
    const counts = this.#moved.get(reason) ?? new Map<string, number>();
    for (const [name, count] of then) {
      const left = count - (now.get(name) ?? 0);
      if (left > 0) counts.set(name, (counts.get(name) ?? 0) + left);
    }
    if (counts.size > 0) this.#moved.set(reason, counts);
  };

  /** One line per reason for which something moved, as in `of all steps at once, after the loop: matmul, add ×2`. */
  lines(): string[] {
    return [...this.#moved].map(([reason, counts]) => `${reason}: ${listOf(counts)}`);
  }
}

function listOf(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(", ");
}

/** By op name, how often it stands in a body. */
function opsInLoops({ nodes }: Program, isInside = false): Map<string, number> {
  const counts = new Map<string, number>();
  const note = (name: string, count: number) => counts.set(name, (counts.get(name) ?? 0) + count);
  for (const node of nodes) {
    if (isInside) note(node.op.name, 1);
    for (const body of bodiesOf(node))
      for (const [name, count] of opsInLoops(body, isInside || node.op === scanOp)) note(name, count);
  }
  return counts;
}
