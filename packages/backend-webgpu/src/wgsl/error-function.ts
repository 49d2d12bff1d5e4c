/**
 * erf: x + x·P(x²) near zero, and 1 − e^G(|x|) beyond, where what is subtracted from 1 needs few correct bits. Very near zero it
 * is 2x/√π, whose smaller part alone might be flushed to zero.
 */
import { coefficients, polynomial } from "./coefficients.ts";

export const errorFunction = {
  errorFunction: {
    calls: ["exponential", "copySign", "isNaN"],
    text: `
fn errorFunction(x: f32) -> f32 {
  let size = abs(x);
  let squared = x * x;
  let near = x + x * (${polynomial("squared", coefficients.erfSmall)});
  let bound = min(size, 4f);
  let far = copySign(1f - exponential(${polynomial("bound", coefficients.erfLarge)}), x);
  let nearest = select(near, x * ${Math.fround(2 / Math.sqrt(Math.PI))}f, size < 1e-20f);
  return select(select(far, nearest, size < 0.9f), x, isNaN(x));
}`,
  },
} as const;
