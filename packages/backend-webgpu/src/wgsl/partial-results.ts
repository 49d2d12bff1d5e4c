/** WGSL functions that combine partial results of reductions. */

export const partialResults = {
  /** The sum and what rounding has lost of it so far (Knuth's exact addition); reordered, it would be the plain sum. */
  addExactly: {
    text: `
fn addExactly(sum: vec2<f32>, x: f32) -> vec2<f32> {
  let total = sum.x + x;
  let added = total - sum.x;
  return vec2<f32>(total, sum.y + ((sum.x - (total - added)) + (x - added)));
}`,
  },
  mergeSums: {
    calls: ["addExactly"],
    text: "fn mergeSums(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> { return addExactly(vec2<f32>(a.x, a.y + b.y), b.x); }",
  },
  /** Beside an infinity, what was lost is not a number. 0 would take its sign from −0. */
  roundSum: {
    calls: ["isFinite"],
    text: "fn roundSum(sum: vec2<f32>) -> f32 { return select(sum.x, sum.x + sum.y, isFinite(sum.x) & (sum.y != 0f)); }",
  },
  /** The largest exponent m and Σ e^(x − m); equal ones need no difference, which between infinities is NaN. */
  mergeExponentials: {
    calls: ["exponential", "largerOf", "isNaN"],
    text: `
fn mergeExponentials(a: vec2<f32>, b: vec2<f32>) -> vec2<f32> {
  let scale = select(exponential(-abs(a.x - b.x)), 1f, (a.x == b.x) & !isNaN(a.x));
  let isFirst = a.x >= b.x;
  return vec2<f32>(largerOf(a.x, b.x), select(a.y * scale, a.y, isFirst) + select(b.y, b.y * scale, isFirst));
}`,
  },
  /** Key and position; the first of equals. */
  mergePositions: {
    text: `
fn mergePositions(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return select(a, b, (b.x > a.x) | ((b.x == a.x) & (b.y < a.y)));
}`,
  },
  /** For the smallest in place of the largest; NaN stays on top. */
  reverseOrder: {
    text: "fn reverseOrder(key: u32) -> u32 { return select(~key, key, key == 0xffffffffu); }",
  },
} as const;
