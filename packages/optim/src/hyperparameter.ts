/** The numbers that optimisers are made of, checked where they come in. */
import { TapegradError } from "@tapegrad/core";

/** `value` itself. @throws TapegradError unless 0 ≤ value < `below`; `what` is its name in words. */
export function checked(op: string, what: string, value: number, below = Infinity): number {
  if (value >= 0 && value < below) return value;
  const range = below === Infinity ? "a number from 0" : `0 ≤ x < ${below}`;
  throw new TapegradError(op, `not ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}: ${value}`, `use ${range}`);
}

/** `value` itself. @throws TapegradError unless it is an integer from 1. */
export function checkedCount(op: string, what: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new TapegradError(op, `not a number of ${what}: ${value}`, "use an integer from 1");
}
