/** The health of the network in numbers: its units on a passage, its matrices at the next step, the size of the tape. */
import { noGrad } from "tapegrad";
import type { Session } from "../../engine/session.ts";
import { activity, type LayerActivity } from "./activity.ts";
import { type MatrixHealth, matrices } from "./matrices.ts";
import { type KeptByTape, keptByTape } from "./tape-bytes.ts";

export interface Health {
  readonly layers: readonly LayerActivity[];
  readonly matrices: readonly MatrixHealth[];
  readonly clip: Clipping;
  readonly tape: KeptByTape;
}

export interface Clipping {
  /** 0 clips nothing. */
  readonly limit: number;
  /** Of the next step, before clipping. */
  readonly norm: number;
  /** Of so many latest steps, how many were clipped. */
  readonly steps: number;
  readonly clipped: number;
}

export function health(session: Session, { position }: { readonly position: number }): Health {
  const { clip: limit } = session.settings;
  const next = noGrad(() => session.lookAhead());
  const norm = next.norm.itemSync();
  const { recentNorms } = session;
  const clipped = limit === 0 ? 0 : recentNorms.filter((recent) => recent > limit).length;
  return {
    layers: activity(session, position),
    matrices: matrices(session, next.gradients, norm),
    clip: { limit, norm, steps: recentNorms.length, clipped },
    tape: keptByTape(session),
  };
}
