/** The numbers of `start + i·step` in float32: what float32 cannot hold is added apart, and nothing in between overflows. */

export interface Progression {
  readonly start: number;
  readonly step: number;
  /** What float32 cannot hold of the two. */
  readonly startLow: number;
  readonly stepLow: number;
  /** Every element is so many times what comes of the other numbers: a power of two. */
  readonly scale: number;
}

/** Products of this size are finite in float32, and so is the sum of two. */
const largestExponent = 126;

/** Elements 0 to `length` − 1 are `scale · (start + (i·step + (i·stepLow + startLow)))`. */
export function progressionOf(start: number, step: number, length: number): Progression {
  const largest = Math.max(Math.abs(start), Math.abs(step * length));
  const exponent = largest < Number.POSITIVE_INFINITY ? Math.ceil(Math.log2(largest)) : 0;
  const scale = 2 ** Math.max(0, exponent - largestExponent);
  const lowOf = (value: number) => (Number.isFinite(value) ? value - Math.fround(value) : 0);
  const [scaledStart, scaledStep] = [start / scale, step / scale];
  return { start: scaledStart, step: scaledStep, startLow: lowOf(scaledStart), stepLow: lowOf(scaledStep), scale };
}
