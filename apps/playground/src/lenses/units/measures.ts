/** How well a unit's values predict a feature of the text: AUC for true-or-false features, correlation for positions. */

/** Levels between a unit's least and greatest value: values of one level count as equal. */
const levelCount = 1024;

/** Each value's level. */
export function levelsOf(values: Float32Array): Uint16Array {
  let [least, greatest] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  const scale = greatest > least ? (levelCount - 1) / (greatest - least) : 0;
  const levels = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at++) levels[at] = Math.round(((values[at] ?? 0) - least) * scale);
  return levels;
}

/**
 * The probability that the level is higher at a place where the feature holds (1) than at one where it does not (0), ties
 * counting half: the area under the ROC curve, which is Mann and Whitney's U. 0.5 tells nothing, 1 and 0 tell all.
 */
export function areaUnderCurve(levels: Uint16Array, holds: Float32Array): number {
  const [without, holding] = [new Float64Array(levelCount), new Float64Array(levelCount)];
  for (let at = 0; at < levels.length; at++) {
    const counts = holds[at] === 1 ? holding : without;
    const level = levels[at] ?? 0;
    counts[level] = (counts[level] ?? 0) + 1;
  }
  let [below, won, held] = [0, 0, 0];
  for (let level = 0; level < levelCount; level++) {
    const [no = 0, yes = 0] = [without[level], holding[level]];
    won += yes * (below + no / 2);
    below += no;
    held += yes;
  }
  return held === 0 || below === 0 ? 0.5 : won / (held * below);
}

/** Pearson's r, from −1 to 1; 0 where one of the two is constant. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [(a[at] ?? 0) - meanA, (b[at] ?? 0) - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA * squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
