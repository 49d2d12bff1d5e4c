/**
 * NaN and infinities, which WGSL compilers may assume not to occur. They are made and detected by their bit patterns, from
 * variables, because constant expressions must be finite. Conditions are joined by `&` and `|`, and functions have one way
 * through them: with branches, the time that SwiftShader's compiler takes doubles with every few calls.
 */
export const bits = {
  isNaN: {
    text: "fn isNaN(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }",
  },
  isFinite: {
    text: "fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }",
  },
  notANumber: {
    text: "fn notANumber() -> f32 { var word = 0x7fc00000u; return bitcast<f32>(word); }",
  },
  infinity: {
    text: "fn infinity() -> f32 { var word = 0x7f800000u; return bitcast<f32>(word); }",
  },
  /** The size of `size`, the sign of `sign`. */
  copySign: {
    text: `
fn copySign(size: f32, sign: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(sign) & 0x80000000u));
}`,
  },
  /** The nearest number that float16 has, of two the even one: the significand without as many bits as are too many. */
  nearestHalf: {
    calls: ["copySign", "infinity", "notANumber", "powerOfTwo"],
    text: `
fn nearestHalf(x: f32) -> f32 {
  let size = bitcast<u32>(x) & 0x7fffffffu;
  let exponent = size >> 23u;
  let dropped = min(13u + max(exponent, 113u) - exponent, 25u);
  let significand = (size & 0x7fffffu) | 0x800000u;
  let rounded = (significand + ((1u << (dropped - 1u)) - 1u) + ((significand >> dropped) & 1u)) >> dropped;
  let number = f32(rounded) * powerOfTwo(i32(exponent) - 150 + i32(dropped));
  return copySign(select(select(number, infinity(), size >= 0x477ff000u), notANumber(), size > 0x7f800000u), x);
}`,
  },
  /** 2ⁿ, −126 ≤ n ≤ 127 */
  powerOfTwo: {
    text: "fn powerOfTwo(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }",
  },
  /**
   * Integers in the order of the floats, −0 before 0, by which floats are compared: a device may take numbers below the smallest
   * normal one for 0.
   */
  rankOf: {
    text: `
fn rankOf(x: f32) -> i32 {
  let word = bitcast<i32>(x);
  return word ^ ((word >> 31u) & 0x7fffffff);
}`,
  },
  /** NaN if either is; 0 is larger than −0. */
  largerOf: {
    calls: ["isNaN", "notANumber", "rankOf"],
    text: `
fn largerOf(a: f32, b: f32) -> f32 {
  return select(select(b, a, rankOf(a) > rankOf(b)), notANumber(), isNaN(a) | isNaN(b));
}`,
  },
  smallerOf: {
    calls: ["isNaN", "notANumber", "rankOf"],
    text: `
fn smallerOf(a: f32, b: f32) -> f32 {
  return select(select(b, a, rankOf(a) < rankOf(b)), notANumber(), isNaN(a) | isNaN(b));
}`,
  },
  /** The same number for both zeros. */
  rankOfNumber: {
    calls: ["rankOf"],
    text: "fn rankOfNumber(x: f32) -> i32 { let rank = rankOf(x); return select(rank, 0, rank == -1); }",
  },
  equals: {
    calls: ["isNaN", "rankOfNumber"],
    text: "fn equals(a: f32, b: f32) -> bool { return (rankOfNumber(a) == rankOfNumber(b)) & !isNaN(a); }",
  },
  isLess: {
    calls: ["isNaN", "rankOfNumber"],
    text: "fn isLess(a: f32, b: f32) -> bool { return (rankOfNumber(a) < rankOfNumber(b)) & !isNaN(a) & !isNaN(b); }",
  },
  isAtMost: {
    calls: ["isNaN", "rankOfNumber"],
    text: "fn isAtMost(a: f32, b: f32) -> bool { return (rankOfNumber(a) <= rankOfNumber(b)) & !isNaN(a) & !isNaN(b); }",
  },
  /** Zeros and NaN are their own. */
  signOf: {
    calls: ["isNaN", "copySign"],
    text: `
fn signOf(x: f32) -> f32 {
  let isZero = (bitcast<u32>(x) & 0x7fffffffu) == 0u;
  return select(copySign(1f, x), x, isZero | isNaN(x));
}`,
  },
  /** Truncated towards zero and saturated; 0 for NaN. 2147483520 is the largest f32 below 2³¹. */
  toInteger: {
    calls: ["isNaN"],
    text: `
fn toInteger(x: f32) -> i32 {
  let inside = i32(clamp(x, -2147483648f, 2147483520f));
  let saturated = select(inside, 2147483647i, x >= 2147483648f);
  return select(saturated, 0i, isNaN(x));
}`,
  },
  /** Unsigned numbers in the order of the floats: −∞ … ∞, then every NaN; both zeros are one. */
  orderOfFloat: {
    text: `
fn orderOfFloat(x: f32) -> u32 {
  let word = bitcast<u32>(x);
  if ((word & 0x7fffffffu) > 0x7f800000u) { return 0xffffffffu; }
  if ((word & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(word | 0x80000000u, ~word, (word >> 31u) == 1u);
}`,
  },
  orderOfInteger: {
    text: "fn orderOfInteger(x: i32) -> u32 { return bitcast<u32>(x) ^ 0x80000000u; }",
  },
} as const;
