/**
 * pow, after fdlibm's e_powf.c (Sun Microsystems, 1993): log2 of the base and the product in two floats each, of which the
 * first has its low bits cut off, so that products with it are exact on any device. Special values are IEEE 754's: x⁰ = 1 and
 * 1^y = 1 even for NaN, (−1)^±∞ = 1.
 */
export const power = {
  /** Without the low 12 bits. */
  headOf: {
    text: "fn headOf(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }",
  },
  /** log2(x) as head and tail, for positive finite x. */
  binaryLogarithm: {
    calls: ["headOf"],
    text: `
fn binaryLogarithm(x: f32) -> vec2<f32> {
  let isDenormal = x < 1.17549435e-38f;
  let word = bitcast<u32>(select(x, x * 16777216f, isDenormal));
  let digits = word & 0x007fffffu;
  // Relative to 1 below √1.5, to 1.5 below √3, else to 1 with the next exponent.
  let isUpper = (digits > 0x1cc471u) & (digits < 0x5db3d7u);
  let isNext = digits >= 0x5db3d7u;
  let n = i32(word >> 23u) - select(select(127, 151, isDenormal), select(126, 150, isDenormal), isNext);
  let significand = (digits | 0x3f800000u) - select(0u, 0x00800000u, isNext);
  let base = select(1f, 1.5f, isUpper);
  let a = bitcast<f32>(significand);
  let difference = a - base;
  let inverse = 1f / (a + base);
  let s = difference * inverse;
  let sHead = headOf(s);
  let sumHead = bitcast<f32>((((significand >> 1u) & 0xfffff000u) | 0x20000000u) + 0x00400000u + select(0u, 0x00200000u, isUpper));
  let sumTail = a - (sumHead - base);
  let sTail = inverse * ((difference - sHead * sumHead) - sHead * sumTail);
  let squared = s * s;
  var series = squared * squared * (0.6f + squared * (0.42857143f + squared * (0.33333334f + squared * (0.27272812f + squared * (0.23066075f + squared * 0.20697501f)))));
  series += sTail * (sHead + s);
  let squaredHead = sHead * sHead;
  let cubicHead = headOf(3f + squaredHead + series);
  let cubicTail = series - ((cubicHead - 3f) - squaredHead);
  let u = sHead * cubicHead;
  let v = sTail * cubicHead + cubicTail * s;
  let productHead = headOf(u + v);
  let productTail = v - (productHead - u);
  // Times 2/(3·ln2) = 0.96191406 − 1.1736857e-4, plus log2(1.5) where the base is that.
  let logHead = 0.96191406f * productHead;
  let logTail = -1.1736857e-4f * productHead + productTail * 0.9617967f + select(0f, 1.5632208e-6f, isUpper);
  let baseHead = select(0f, 0.58496094f, isUpper);
  let whole = f32(n);
  let head = headOf(((logHead + logTail) + baseHead) + whole);
  return vec2<f32>(head, logTail - (((head - whole) - baseHead) - logHead));
}`,
  },
  /** x^y for positive finite x and finite y. */
  powerOfPositive: {
    calls: ["binaryLogarithm", "headOf", "powerOfTwo", "infinity"],
    text: `
fn powerOfPositive(x: f32, y: f32) -> f32 {
  let logarithm = binaryLogarithm(x);
  let yHead = headOf(y);
  let tail = (y - yHead) * logarithm.x + y * logarithm.y;
  let head = yHead * logarithm.x;
  let exponent = head + tail;
  let n = round(clamp(exponent, -151f, 129f));
  let rest = head - n;
  // 2^(rest + tail) through e^z, z in two floats again.
  let t = bitcast<f32>(bitcast<u32>(rest + tail) & 0xffff8000u);
  let u = t * 0.69314575f;
  let v = (tail - (t - rest)) * 0.6931472f + t * 1.4286065e-6f;
  let z = u + v;
  let lost = v - (z - u);
  let squared = z * z;
  let c = z - squared * (0.16666667f + squared * (-0.0027777778f + squared * (6.613756e-5f + squared * (-1.6533902e-6f + squared * 4.138137e-8f))));
  let r = (z * c) / (c - 2f) - (lost + z * lost);
  let y1 = 1f - (r - z);
  let half = i32(n) >> 1u;
  let bounded = select(y1 * powerOfTwo(half) * powerOfTwo(i32(n) - half), infinity(), exponent > 128.5f);
  return select(bounded, 0f, exponent < -151f);
}`,
  },
  powerOf: {
    calls: ["powerOfPositive", "isNaN", "isFinite", "infinity", "notANumber"],
    text: `
fn powerOf(x: f32, y: f32) -> f32 {
  let size = abs(x);
  let isIntegral = floor(y) == y;
  let isOdd = isIntegral & (abs(y) < 16777216f) & ((i32(clamp(y, -16777216f, 16777216f)) & 1) == 1);
  let isNegative = (bitcast<u32>(x) >> 31u) == 1u;
  let ofZero = select(infinity(), 0f, y > 0f);
  let ofInfinity = select(0f, infinity(), y > 0f);
  let ofFinite = select(powerOfPositive(size, y), notANumber(), isNegative & !isIntegral);
  let positive = select(select(ofInfinity, ofFinite, isFinite(x)), ofZero, size == 0f);
  let signed = select(positive, -positive, isNegative & isOdd);
  let toInfinity = select(select(0f, infinity(), (size > 1f) == (y > 0f)), 1f, size == 1f);
  let power = select(toInfinity, signed, isFinite(y));
  return select(select(power, notANumber(), isNaN(x) | isNaN(y)), 1f, (x == 1f) | (y == 0f));
}`,
  },
} as const;
