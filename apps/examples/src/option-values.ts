/** Parsers of option values. Each error says which values are allowed. */
import { InvalidArgumentError } from "@commander-js/extra-typings";

export function integer(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= from && value <= to)) throw new InvalidArgumentError(`Expected an integer from ${from} to ${to}.`);
    return value;
  };
}

/** Values that `item` takes, with commas between. */
export function listOf<T>(item: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(",").map(item);
}

export function choice<const Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const name = names.find((known) => known === text);
    if (name === undefined) throw new InvalidArgumentError(`Expected ${names.join(", ")}.`);
    return name;
  };
}

export const steps = integer(1, 1_000_000);
export const seed = integer(0, 1_000_000_000);
