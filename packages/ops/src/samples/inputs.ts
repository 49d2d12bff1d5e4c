/** The type of a sample: seeded inputs, a public function of them, and known results. */
import { type DType, type Shape, sizeOf, type Tensor } from "@tapegrad/core";

/** One input of a sample: its type and where its values come from. */
export interface SampleInput {
  readonly shape: Shape;
  /** "float" stands for whichever float dtype is under test. */
  readonly dtype: DType | "float";
  /** Row-major values from a source of uniform numbers on [0, 1). */
  values(random: () => number): number[];
}

/** Inputs and attributes on which an op is tried. */
export interface Sample {
  readonly name: string;
  readonly inputs: readonly SampleInput[];
  /** Calls the public function; the result is a tree of tensors. */
  run(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /** Dtypes beside those of the inputs that it makes on the way. */
  readonly makes?: readonly DType[];
  /** The result, where it is an edge worth stating. */
  readonly values?: readonly number[];
  /**
   * At a kink, a tie or a stop, where differences say nothing: the stated gradient of Σ y with respect to each input, empty
   * for integers and bools. Without it, and with a result that is not finite, there is no derivative to speak of.
   */
  readonly gradients?: readonly (readonly number[])[];
}

/** The values of every input: the same on each call, and different from input to input. */
export function sampleValues({ inputs }: Sample): number[][] {
  return inputs.map((input, position) => input.values(seededUniforms(position + 1)));
}

/** A source of numbers on [0, 1): Vigna's splitmix in its 32-bit form, with the finaliser of MurmurHash3. */
export function seededUniforms(seed: number): () => number {
  let state = Math.imul(seed, 0x85ebca6b);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

function input(shape: Shape, dtype: SampleInput["dtype"], element: (random: () => number) => number): SampleInput {
  return { shape, dtype, values: (random) => Array.from({ length: sizeOf(shape) }, () => element(random)) };
}

/** Standard normal, by Box and Muller. */
export function normal(shape: Shape): SampleInput {
  return input(shape, "float", (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

export function uniform(low: number, high: number, shape: Shape): SampleInput {
  return input(shape, "float", (random) => low + (high - low) * random());
}

/** Uniform on [0.5, 2): far from zero. */
export function positive(shape: Shape): SampleInput {
  return uniform(0.5, 2, shape);
}

/**
 * Shuffled, at least 0.7 apart and 0.35 from every integer, around zero: no ties, no kink nearby. `shift` by 0.5 keeps two
 * such inputs 0.2 apart from each other.
 */
export function distinct(shape: Shape, shift = 0): SampleInput {
  const size = sizeOf(shape);
  const values = (random: () => number) => {
    const ordered = Array.from({ length: size }, (_, i) => i - (size >> 1) + 0.35 + 0.3 * random() + shift);
    return ordered
      .map((value) => ({ value, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  };
  return { shape, dtype: "float", values };
}

/** Exactly these values; a flat shape unless one is given. */
export function exact(
  values: readonly number[],
  {
    shape = [values.length],
    dtype = "float",
  }: { readonly shape?: Shape | undefined; readonly dtype?: DType | "float" | undefined } = {},
): SampleInput {
  return { shape, dtype, values: () => [...values] };
}

export function int32(values: readonly number[], shape?: Shape): SampleInput {
  return exact(values, { dtype: "int32", ...(shape === undefined ? {} : { shape }) });
}

export function bool(values: readonly number[], shape?: Shape): SampleInput {
  return exact(values, { dtype: "bool", ...(shape === undefined ? {} : { shape }) });
}

/** Fair coin tosses. */
export function bools(shape: Shape): SampleInput {
  return input(shape, "bool", (random) => Math.floor(2 * random()));
}

/** int32 from 0 to `below` − 1. */
export function indices(below: number, shape: Shape): SampleInput {
  return input(shape, "int32", (random) => Math.floor(random() * below));
}
