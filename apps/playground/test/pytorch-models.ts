/** The models of tooling/fixtures/pytorch/models.py: what PyTorch made of them, and their weights by the same formula. */
import { readFileSync } from "node:fs";
import type { Entry } from "@tapegrad/safetensors";

export interface Model {
  readonly name: string;
  readonly hidden: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly tokens: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
}

export const { models }: { models: readonly Model[] } = JSON.parse(
  readFileSync(new URL("fixtures/models.json", import.meta.url), "utf8"),
);
const named = (name: string): Model => {
  const found = models.find((model) => model.name === name);
  if (found === undefined) throw new Error(`the fixture has no model ${name}`);
  return found;
};

export const big = named("a megabyte");
export const small = named("an embedding as wide as a layer");

/** As `values` of tooling/fixtures/pytorch/models.py. */
export function values(number: number, count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => {
    let mixed = Math.imul(index + 1 + 7919 * number, 2654435761) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 2246822519) >>> 0;
    mixed = (mixed ^ (mixed >>> 13)) >>> 0;
    return (mixed / 2 ** 31 - 1) * scale;
  });
}

/** The tensors that the formula gives a model, by PyTorch's names. */
export function tensorsOf({ shapes, hidden }: Model): Map<string, Entry> {
  return new Map(
    Object.entries(shapes).map(([name, shape], number) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const scale = name.includes("weight_hh") ? 2 / Math.sqrt(hidden) : 2;
      return [name, { dtype: "float32", shape, data: values(number, size, scale) }];
    }),
  );
}

/** As many characters as a model scores. */
export function alphabet(size: number): string[] {
  return Array.from({ length: size }, (_, token) => String.fromCodePoint(0x4e00 + token));
}
