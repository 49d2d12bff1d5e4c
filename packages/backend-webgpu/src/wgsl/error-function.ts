/** erf: x + x·P(x²) near zero, and 1 − e^G(|x|) beyond, where what is subtracted from 1 needs few correct bits. */
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
  return select(select(far, near, size < 0.9f), x, isNaN(x));
}`,
  },
} as const;
