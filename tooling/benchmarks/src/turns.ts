/** Times runners in turns of about equal length, also runners that answer asynchronously, such as other processes. */
import { median } from "./median.ts";

export interface Runner {
  /** Milliseconds that each of `steps` steps took. */
  run(steps: number): Promise<readonly number[]>;
}

export interface TurnOptions {
  /** Milliseconds of one turn; a turn is one step at least. */
  readonly turn: number;
  /** Milliseconds that each runner runs before anything counts: V8 optimises generated code while it is being called. */
  readonly warmUp: number;
  /** Rounds that do not count at least. */
  readonly warmUpRounds?: number;
  /** Milliseconds that count, of all runners together. */
  readonly budget: number;
  /** Rounds that count at least, whatever they take. */
  readonly rounds?: number;
}

export interface Turns {
  /** Median milliseconds of a step. */
  readonly median: number;
  /** The median of each round. */
  readonly rounds: readonly number[];
}

/** In each round every runner has one turn, in an order that turns as well. */
export async function takeTurns(
  runners: readonly Runner[],
  { turn, warmUp, warmUpRounds = 2, budget, rounds = 5 }: TurnOptions,
): Promise<Turns[]> {
  const states = runners.map((runner) => ({ runner, steps: 1, all: [] as number[], medians: [] as number[] }));
  const round = async (first: number, counts: boolean) => {
    for (const state of [...states.slice(first), ...states.slice(0, first)]) {
      const samples = await state.runner.run(state.steps);
      const middle = median(samples);
      state.steps = Math.max(1, Math.round(turn / middle));
      if (!counts) continue;
      state.all.push(...samples);
      state.medians.push(middle);
    }
  };
  const repeat = async (milliseconds: number, atLeast: number, counts: boolean) => {
    const began = performance.now();
    for (let count = 0; count < atLeast || performance.now() - began < milliseconds; count++)
      await round(count % states.length, counts);
  };
  await repeat(warmUp * runners.length, warmUpRounds, false);
  await repeat(budget, rounds, true);
  return states.map(({ all, medians }) => ({ median: median(all), rounds: medians }));
}

/** How many times as long as `theirs`: the median over rounds, so that what slows the machine for a while cancels. */
export function ratioOf(ours: Turns, theirs: Turns): number {
  return median(ours.rounds.map((value, round) => value / (theirs.rounds[round] ?? Number.NaN)));
}
