/**
 * Coefficients of the elementary functions, ascending powers: minimax polynomials found with the Remez exchange in 45-digit
 * arithmetic by `tooling/coefficients/minimax.py`, then rounded to float32. Each says what it approximates and its error before
 * rounding.
 */
export const coefficients = {
  /** (e^r − 1 − r)/r² as a polynomial in r, |r| ≤ ln2/2; relative error of e^r − 1, 2^−26.2. */
  expm1: [0.49999997, 0.16666543, 0.0416672, 0.0083665205, 0.0013882535],
  /** (log(1 + f) − f + f²/2)/f³ as a polynomial in f, √½ − 1 ≤ f ≤ √2 − 1; relative error of log(1 + f), 2^−27.4. */
  log: [0.3333333, -0.25000823, 0.20001228, -0.16623336, 0.14201719, -0.13160361, 0.12761964, -0.07634493],
  /** erf(x)/x − 1 as a polynomial in x², |x| ≤ 0.9; relative error of erf, 2^−26.3. */
  erfSmall: [0.12837915, -0.37612525, 0.11282141, -0.026778908, 0.005011963, -0.0006090363],
  /** log(1 − erf(x)) as a polynomial in x, 0.9 ≤ x ≤ 4; relative error of erf, 2^−34.0. */
  erfLarge: [0.0001692045, -1.1294883, -0.63340086, -0.108220376, 0.02508061, -0.0041562524, 0.000431393, -2.082857e-5],
  /** (sin(r) − r)/r³ as a polynomial in r², |r| ≤ π/4; relative error of sin, 2^−28.0. */
  sin: [-0.16666655, 0.00833216, -0.00019515217],
  /** (cos(r) − 1 + r²/2)/r⁴ as a polynomial in r², |r| ≤ π/4; relative error of cos, 2^−33.0. */
  cos: [0.041666646, -0.0013887315, 2.4433084e-5],
} as const;

/** Horner's scheme as WGSL. `x` must be cheap to repeat. */
export function polynomial(x: string, powers: readonly number[]): string {
  return powers.map((value) => `${value}f`).reduceRight((sum, value) => `${value} + ${x} * (${sum})`);
}
