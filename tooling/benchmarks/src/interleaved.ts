/** Timing rivals in turn, in one run: what slows the machine for a while slows all of them alike. */

export interface Contender {
  readonly name: string;
  /** One piece of work, as much for every contender. */
  run(): void;
}

export interface Timing {
  readonly name: string;
  /** Median milliseconds of one run. */
  readonly median: number;
}

export interface TimingOptions {
  /** Milliseconds to spend on all contenders together. */
  readonly budget: number;
  /** Rounds at least, whatever they take. */
  readonly rounds?: number;
}

/** One round runs every contender once, in an order that turns; the first rounds, which compile, do not count. */
export function interleave(contenders: readonly Contender[], { budget, rounds = 5 }: TimingOptions): Timing[] {
  const warmUp = 3;
  const samples = contenders.map((): number[] => []);
  const start = performance.now();
  for (let round = 0; round < warmUp + rounds || performance.now() - start < budget; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (round + turn) % contenders.length;
      const began = performance.now();
      contenders[index]?.run();
      const took = performance.now() - began;
      if (round >= warmUp) samples[index]?.push(took);
    }
  }
  return contenders.map(({ name }, index) => ({ name, median: median(samples[index] ?? []) }));
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1 + (sorted.length % 2)], sorted[middle]];
  return (low + high) / 2;
}
