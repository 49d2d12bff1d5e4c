/** The number of steps between two evaluations on held-out text, and between two samples. */

/** About ten looks in a run, fewer in a short one and more in a long one. */
export function lookInterval(steps: number): number {
  return Math.min(250, Math.max(10, Math.ceil(steps / 10)));
}

/** A sample for every hundred steps or so, but one at least and five at most, and more often in a long run. */
export function sampleInterval(steps: number): number {
  const samples = Math.min(5, Math.max(1, Math.round(steps / 100)));
  return Math.min(500, Math.ceil(steps / samples));
}
