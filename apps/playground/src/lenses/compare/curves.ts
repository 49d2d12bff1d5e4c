/** The losses of several runs as curves over one axis of steps: means of equal stretches, so that all are equally smooth. */

export interface Course {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
}

export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** At most `points` of them up to `lastStep`. */
export function curveOf({ steps, losses }: Course, lastStep: number, points: number): Point[] {
  const stretch = Math.max(1, lastStep / points);
  const sums = new Map<number, { sum: number; count: number; step: number }>();
  for (const [at, step] of steps.entries()) {
    const loss = losses[at];
    if (loss === undefined || !Number.isFinite(loss)) continue;
    const bin = Math.floor(step / stretch);
    const { sum, count } = sums.get(bin) ?? { sum: 0, count: 0 };
    sums.set(bin, { sum: sum + loss, count: count + 1, step });
  }
  return Array.from(sums.values(), ({ sum, count, step }) => ({ step, loss: sum / count }));
}
