/**
 * Reference values with about 100 bits: unevaluated sums hi + lo of doubles (Dekker 1971; Hida, Li and Bailey 2001), and the
 * functions on them by Taylor series and Newton steps. Slow and plain, for comparing float64 results with.
 */

export type DoubleDouble = readonly [hi: number, lo: number];

const quickSum = (a: number, b: number): DoubleDouble => {
  const s = a + b;
  return [s, b - (s - a)];
};

export const twoSum = (a: number, b: number): DoubleDouble => {
  const s = a + b;
  const bb = s - a;
  return [s, a - (s - bb) + (b - bb)];
};

const splitter = 2 ** 27 + 1;

export const twoProduct = (a: number, b: number): DoubleDouble => {
  const p = a * b;
  const [ca, cb] = [splitter * a, splitter * b];
  const [ah, bh] = [ca - (ca - a), cb - (cb - b)];
  const [al, bl] = [a - ah, b - bh];
  return [p, ah * bh - p + ah * bl + al * bh + al * bl];
};

export const add = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const [s, e] = twoSum(a[0], b[0]);
  const [t, g] = twoSum(a[1], b[1]);
  const [u, v] = quickSum(s, e + t);
  return quickSum(u, v + g);
};

export const negate = (a: DoubleDouble): DoubleDouble => [-a[0], -a[1]];

export const multiply = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const [p, e] = twoProduct(a[0], b[0]);
  return quickSum(p, e + (a[0] * b[1] + a[1] * b[0]));
};

export const divide = (a: DoubleDouble, b: DoubleDouble): DoubleDouble => {
  const q1 = a[0] / b[0];
  const r1 = add(a, negate(multiply([q1, 0], b)));
  const q2 = r1[0] / b[0];
  const r2 = add(r1, negate(multiply([q2, 0], b)));
  return add(quickSum(q1, q2), [r2[0] / b[0], 0]);
};

export const scale = (a: DoubleDouble, power: number): DoubleDouble => {
  const half = Math.trunc(power / 2);
  return [a[0] * 2 ** half * 2 ** (power - half), a[1] * 2 ** half * 2 ** (power - half)];
};

const one: DoubleDouble = [1, 0];
const ln2: DoubleDouble = [Math.LN2, 2.3190468138462996e-17];
const inverseFactorials: readonly DoubleDouble[] = Array.from({ length: 28 }).reduce<DoubleDouble[]>((list, _, n) => {
  list.push(n === 0 ? one : divide(list[n - 1] ?? one, [n, 0]));
  return list;
}, []);

/** e^x − 1 for |x| < 0.7, by 27 terms. */
function smallExpm1(x: DoubleDouble): DoubleDouble {
  let sum: DoubleDouble = [0, 0];
  for (let n = 27; n >= 1; n--) sum = multiply(add(sum, inverseFactorials[n] ?? one), x);
  return sum;
}

/** 2^power·e^r, to be scaled last. */
function splitExp(x: DoubleDouble): { mantissa: DoubleDouble; power: number } {
  const power = Math.round(x[0] / Math.LN2);
  return { mantissa: add(one, smallExpm1(add(x, negate(multiply([power, 0], ln2))))), power };
}

export function exp(x: DoubleDouble): DoubleDouble {
  const { mantissa, power } = splitExp(x);
  return scale(mantissa, power);
}

export function expm1(x: DoubleDouble): DoubleDouble {
  return Math.abs(x[0]) < 0.6 ? smallExpm1(x) : add(exp(x), [-1, 0]);
}

/** One Newton step from the double: y + z − z²/2 with z = (1 + x)·e^−y − 1 = x + (1 + x)·(e^−y − 1). */
export function log1p(x: DoubleDouble): DoubleDouble {
  const y = Math.log1p(x[0]);
  const z = add(x, multiply(add(one, x), expm1([-y, 0])));
  return add([y, 0], add(z, scale(negate(multiply(z, z)), -1)));
}

export function log(x: number): DoubleDouble {
  if (x > 0.5 && x < 2) return log1p([x - 1, 0]);
  const power = Math.floor(Math.log2(x));
  return add(log1p(add(scale([x, 0], -power), [-1, 0])), multiply([power, 0], ln2));
}

export function tanh(x: number): DoubleDouble {
  const t = expm1([2 * Math.min(Math.abs(x), 25), 0]);
  const y = divide(t, add(t, [2, 0]));
  return x < 0 ? negate(y) : y;
}

export function sigmoid(x: number): DoubleDouble {
  const e = exp([-Math.abs(x), 0]);
  return divide(x < 0 ? e : one, add(one, e));
}

export function softplus(x: number): DoubleDouble {
  return add([Math.max(x, 0), 0], log1p(exp([-Math.abs(x), 0])));
}

const twoOverRootPi: DoubleDouble = [1.1283791670955126, 1.533545961316588e-17];

/**
 * 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(1·3·…·(2n+1)) (Abramowitz and Stegun 7.1.6), and from 3 on 1 − erfc with erfc ≈ 2·10⁻⁵ in
 * doubles by its continued fraction (7.1.14).
 */
export function erf(x: number): DoubleDouble {
  const magnitude = Math.abs(x);
  if (magnitude > 3) {
    let tail = magnitude;
    for (let n = 60; n >= 1; n--) tail = magnitude + n / 2 / tail;
    const complement = Math.exp(-magnitude * magnitude) / (Math.sqrt(Math.PI) * tail);
    const y = add(one, [-complement, 0]);
    return x < 0 ? negate(y) : y;
  }
  const squared = twoProduct(x, x);
  let term: DoubleDouble = [x, 0];
  let sum = term;
  for (let n = 1; Math.abs(term[0]) > 1e-33 * Math.abs(sum[0]); n++) {
    term = divide(multiply(term, scale(squared, 1)), [2 * n + 1, 0]);
    sum = add(sum, term);
  }
  return multiply(multiply(twoOverRootPi, exp(negate(squared))), sum);
}

/** π/2 in three doubles. */
const halfPi = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33] as const;

/** sin(x + quarterTurns·π/2) for |x| up to some 10⁵. */
export function sine(x: number, quarterTurns: number): DoubleDouble {
  const n = Math.round(x / halfPi[0]);
  const parts = halfPi.map((part) => negate(twoProduct(n, part)));
  const r = parts.reduce<DoubleDouble>((sum, part) => add(sum, part), [x, 0]);
  const quadrant = (((n + quarterTurns) % 4) + 4) % 4;
  const squared = negate(multiply(r, r));
  const first = quadrant % 2 === 0 ? 1 : 0;
  let sum: DoubleDouble = [0, 0];
  for (let k = 13; k >= 0; k--) {
    const coefficient = inverseFactorials[2 * k + first];
    if (coefficient !== undefined) sum = add(multiply(sum, squared), coefficient);
  }
  const y = first === 1 ? multiply(sum, r) : sum;
  return quadrant >= 2 ? negate(y) : y;
}
