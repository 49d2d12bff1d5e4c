/**
 * Numbers in a kernel that depend on shapes: literals, so that a compiler knows them, or parameters, so that one shader serves
 * all shapes of a rank.
 */

export interface Sizes {
  /** `value` as a u32. Negative numbers wrap. */
  of(value: number): string;
  /** `text % length` and `text / length`. */
  remainder(text: string, length: number): string;
  quotient(text: string, length: number): string;
  /** `place · stride`; undefined where it is 0 whatever the place. */
  term(place: string, stride: number): string | undefined;
  /** Whether the text may depend on the value of a number. */
  readonly areKnown: boolean;
}

/** A constant as a u32 literal. */
export function literal(value: number): string {
  return `${value >>> 0}u`;
}

function isPowerOfTwo(length: number): boolean {
  return length > 0 && Number.isInteger(Math.log2(length));
}

/** Divides by powers of two without dividing, which not every compiler sees by itself. */
export const literals: Sizes = {
  areKnown: true,
  of: literal,
  remainder: (text, length) =>
    isPowerOfTwo(length) ? `(${text} & ${literal(length - 1)})` : `${text} % ${literal(length)}`,
  quotient: (text, length) =>
    isPowerOfTwo(length) ? `(${text} >> ${Math.log2(length)}u)` : `${text} / ${literal(length)}`,
  term: (place, stride) => {
    if (stride === 0) return undefined;
    return stride === 1 ? place : `${place} * ${literal(stride)}`;
  },
};

/** Collects the numbers of some kernels. */
export class Parameters implements Sizes {
  readonly areKnown = false;
  readonly #values: number[] = [];

  of(value: number): string {
    return `size${this.#values.push(value >>> 0) - 1}`;
  }

  remainder(text: string, length: number): string {
    return `${text} % ${this.of(length)}`;
  }

  quotient(text: string, length: number): string {
    return `${text} / ${this.of(length)}`;
  }

  term(place: string, stride: number): string {
    return `${place} * ${this.of(stride)}`;
  }

  /** The text with its parameters numbered from 0 on as they come, and their values. */
  number(text: readonly string[]): { readonly text: readonly string[]; readonly values: readonly number[] } {
    const numbers = new Map<string, number>();
    const values: number[] = [];
    const rename = (name: string) => {
      const known = numbers.get(name);
      if (known !== undefined) return `size${known}`;
      numbers.set(name, values.length);
      return `size${values.push(this.#values[Number(name.slice(4))] ?? 0) - 1}`;
    };
    return { text: text.map((line) => line.replaceAll(/\bsize\d+\b/g, rename)), values };
  }
}
