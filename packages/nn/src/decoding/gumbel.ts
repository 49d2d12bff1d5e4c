/** Gumbel noise for sampling by argmax. A coarse uniform would give too many of the extreme values; this one does not. */
import { type FloatDType, floatFormats, type Shape, type Tensor } from "@tapegrad/core";
import { add, cast, type Generator, log, log1p, minimum, mul, neg } from "@tapegrad/ops";

/**
 * −log E with E = −log(1 − u) exponential, of `shape` [..., classes], always finite. The largest values decide, and they come
 * from the smallest u. So u = (k + f)·2⁻³¹ has 31 bits k per class and 31 bits f per row, in the middle of its step: u > 0,
 * and each class alone has a uniform of 62 bits. A plain uniform is 0 once in 2²⁴, where the noise would be infinite.
 */
export function gumbelNoise(generator: Generator, shape: Shape, dtype: FloatDType): Tensor {
  const coarse = cast(generator.bits(shape, 31), dtype);
  const fine = mul(add(cast(generator.bits([...shape.slice(0, -1), 1], 31), dtype), 0.5), 2 ** -31);
  const u = minimum(mul(add(coarse, fine), 2 ** -31), 1 - 2 ** -floatFormats[dtype].digits); // Rounding may reach 1.
  return neg(log(neg(log1p(neg(u)))));
}
