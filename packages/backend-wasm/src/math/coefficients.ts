/**
 * Coefficients of the vector functions, ascending powers: minimax polynomials found with the Remez exchange in 45-digit
 * arithmetic by `tooling/coefficients/minimax.py`, then rounded to their type. Each says what it approximates and its error
 * before rounding.
 */

export const float32Coefficients = {
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

export const float64Coefficients = {
  /** (e^r − 1 − r)/r² as a polynomial in r, |r| ≤ ln2/2; relative error of e^r − 1, 2^−61.7. */
  expm1: [
    0.5, 0.16666666666666677, 0.04166666666666651, 0.008333333333321691, 0.001388888888896234, 0.00019841269885965395,
    2.480158717258168e-5, 2.7557244374646824e-6, 2.755740262075768e-7, 2.5108978720136714e-8, 2.0875332818221224e-9,
  ],
  /** (2·atanh(s) − 2s)/s³ as a polynomial in s², s = f/(2 + f), so that log(1 + f) = 2·atanh(s); relative error of log(1 + f), 2^−59.5. */
  log: [
    0.6666666666666734, 0.39999999999415664, 0.2857142874218659, 0.22222198591903516, 0.18183563453482682,
    0.1531407034569536, 0.14795776419707674,
  ],
  /** erf(x)/x − 1 as a polynomial in x², |x| ≤ 1; relative error of erf, 2^−56.9. */
  erfSmall: [
    0.12837916709551256, -0.3761263890318352, 0.11283791670944185, -0.02686617064311143, 0.0052239776061183026,
    -0.0008548325929311471, 0.00012055293576939506, -1.4924712304756809e-5, 1.6447131624733614e-6,
    -1.6206314285130308e-7, 1.3710983067764297e-8, -7.779474028164312e-10,
  ],
  /** log(1 − erf(x)) as a polynomial in x, 1 ≤ x ≤ 6; relative error of erf, 2^−56.1. */
  erfLarge: [
    -6.63950297872376e-7, -1.1283725366249509, -0.6366505817727895, -0.10268423150271612, 0.01895353105159347,
    0.00046186959025752515, -0.0019703025286845893, 0.0008153244799276683, -0.0001638549342738475,
    -5.621514550385672e-6, 1.6950707280124972e-5, -6.8213989450238045e-6, 1.6863864463475563e-6, -2.903952723742355e-7,
    3.522304580809638e-8, -2.8905776067810656e-9, 1.4459313283687405e-10, -3.3341045629950215e-12,
  ],
  /** (sin(r) − r)/r³ as a polynomial in r², |r| ≤ π/4; relative error of sin, 2^−57.9. */
  sin: [
    -0.1666666666666663, 0.008333333333322106, -0.00019841269829579702, 2.755731361786041e-6, -2.505074719519017e-8,
    1.5896196402427287e-10,
  ],
  /** (cos(r) − 1 + r²/2)/r⁴ as a polynomial in r², |r| ≤ π/4; relative error of cos, 2^−64.0. */
  cos: [
    0.041666666666666595, -0.001388888888887304, 2.4801587288841526e-5, -2.75573141762741e-7, 2.0875700420410874e-9,
    -1.1358514163605343e-11,
  ],
} as const;

/** float32 pow works in doubles, but needs only some 36 bits of them. */
export const powerCoefficients = {
  /** As f64 log, for the range reduction of pow, 2^−37.6. */
  log2: [0.6666666564787247, 0.4000033472683711, 0.28537333751693916, 0.235817407420537],
  /** (2^g − 1)/g as a polynomial in g, |g| ≤ ½; relative error of 2^g, 2^−34.3. */
  exp2: [
    0.6931471807046068, 0.24022651067052264, 0.055504103656511004, 0.009618038054238286, 0.0013333935208380597,
    0.0001546678288406069, 1.5196161830024331e-5,
  ],
} as const;
