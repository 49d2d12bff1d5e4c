/** The values that an option takes. One rule serves the command line, which has text, and checkpoints, which have JSON. */
import { InvalidArgumentError } from "@commander-js/extra-typings";

export interface Rule<T> {
  /** Completes "expected …". */
  readonly expected: string;
  accepts(value: unknown): value is T;
  /** What `text` on the command line stands for, acceptable or not. */
  read(text: string): unknown;
}

export function choice<const Name extends string>(...names: readonly Name[]): Rule<Name> {
  return {
    expected: names.length === 1 ? `${names[0]}` : `one of ${names.join(", ")}`,
    accepts: (value): value is Name => names.some((name) => name === value),
    read: (text) => text,
  };
}

export function integer(from: number, to: number): Rule<number> {
  return {
    expected: `an integer from ${from} to ${to}`,
    accepts: (value): value is number => Number.isSafeInteger(value) && Number(value) >= from && Number(value) <= to,
    read: readNumber,
  };
}

/** Numbers on (above, to], or [from, below), as the bounds given say. */
export function real(bounds: { from?: number; above?: number; to?: number; below?: number }): Rule<number> {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity } = bounds;
  const phrases = { from: "at least", above: "above", to: "at most", below: "below" };
  const limits = Object.entries(phrases).flatMap(([name, phrase]) => {
    const bound = new Map(Object.entries(bounds)).get(name);
    return bound === undefined ? [] : [`${phrase} ${bound}`];
  });
  return {
    expected: `a number that is ${limits.join(" and ")}`,
    accepts: (value): value is number =>
      Number.isFinite(value) &&
      Number(value) >= from &&
      Number(value) > above &&
      Number(value) <= to &&
      Number(value) < below,
    read: readNumber,
  };
}

/** Where a file or folder is. Nothing has an empty path, though a shell's unset variable makes one. */
export const path: Rule<string> = {
  expected: "a path",
  accepts: (value): value is string => typeof value === "string" && value !== "",
  read: (text) => text,
};

/** Decimal numbers only: `Number` would also take "", "0x10" and " 5 ". */
function readNumber(text: string): unknown {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** The rule as an argument parser of the command line. */
export function parserOf<T>({ expected, accepts, read }: Rule<T>): (text: string) => T {
  return (text) => {
    const value = read(text);
    if (!accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };
}
