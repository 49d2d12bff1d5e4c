"""Prints the coefficients of coefficients.ts: weighted minimax polynomials by the Remez exchange. Needs mpmath.

The weight makes the error that of the whole function, relative to it: where e^r - 1 = r + r^2 q(r), an error of q counts
r^2 / (e^r - 1) times. A row of JOBS is the target type, the name, f, weight, interval, number of coefficients.
"""

import struct

from mpmath import atanh, cos, erf, erfc, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, sin, sqrt

mp.dps = 45
GRID = 600


def evaluate(coefficients, x):
    total = mpf(0)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def remez(f, weight, a, b, count):
    """Coefficients, ascending, and the largest weighted error on a Chebyshev grid."""
    middle, radius = (a + b) / 2, (b - a) / 2
    # The first nodes are shifted a little, away from zeros of the weight.
    nodes = [middle + radius * (mpf("2e-5") - cos(pi * (2 * i + 1) / (2 * count + 2))) for i in range(count + 1)]
    grid = [middle - radius * cos(pi * mpf(2 * i + 1) / (2 * GRID)) for i in range(GRID)]
    values, weights = [f(x) for x in grid], [weight(x) for x in grid]
    for _ in range(12):
        system, right = matrix(count + 1, count + 1), matrix(count + 1, 1)
        for i, x in enumerate(nodes):
            for j in range(count):
                system[i, j] = x**j
            system[i, count] = (-1) ** i / max(weight(x), mpf("1e-12"))
            right[i] = f(x)
        solution = lu_solve(system, right)
        coefficients, level = [solution[j] for j in range(count)], abs(solution[count])
        errors = [w * (y - evaluate(coefficients, x)) for x, y, w in zip(grid, values, weights)]
        runs = [[0]]
        for i in range(1, GRID):
            if (errors[i] > 0) == (errors[runs[-1][-1]] > 0):
                runs[-1].append(i)
            else:
                runs.append([i])
        extrema = [max(run, key=lambda i: abs(errors[i])) for run in runs]
        while len(extrema) > count + 1:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        largest = max(map(abs, errors))
        if len(extrema) <= count or largest < level * mpf("1.001"):
            break
        nodes = [grid[i] for i in extrema]
    return coefficients, largest


def shortest_float32(value):
    rounded = struct.unpack("f", struct.pack("f", float(value)))[0]
    candidates = ("%.*g" % (digits, rounded) for digits in range(6, 12))
    return next(text for text in candidates if struct.unpack("f", struct.pack("f", float(text)))[0] == rounded)


TINY, NEAR_ZERO = mpf("1e-12"), mpf("1e-9")
# Slightly wider than exact arithmetic would need: the reductions round.
WIDER = mpf("1.0001")
HALF_LN2 = log(2) / 2 * WIDER
S_MAX = (sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1) * WIDER
F_RANGE = ((sqrt(mpf(1) / 2) - 1) * WIDER, (sqrt(mpf(2)) - 1) * WIDER)
QUARTER_PI_SQUARED = (pi / 4 * WIDER) ** 2

EXPM1 = (
    lambda r: (expm1(r) - r) / r**2 if abs(r) > NEAR_ZERO else mpf(1) / 2 + r / 6,
    lambda r: abs(r**2 / expm1(r)) if r else mpf(0),
)
LOG = (
    lambda f: (log1p(f) - f + f * f / 2) / f**3 if abs(f) > NEAR_ZERO else mpf(1) / 3 - f / 4,
    lambda f: abs(f**3 / log1p(f)) if f else mpf(0),
)
ATANH = (
    lambda z: (2 * atanh(sqrt(z)) - 2 * sqrt(z)) / (sqrt(z) * z),
    lambda z: z * sqrt(z) / (2 * atanh(sqrt(z))),
)
ERF_SMALL = (lambda z: erf(sqrt(z)) / sqrt(z) - 1, lambda z: sqrt(z) / erf(sqrt(z)))
ERF_LARGE = (lambda t: log(erfc(t)), lambda t: erfc(t) / erf(t))
SIN = (lambda z: (sin(sqrt(z)) - sqrt(z)) / (z * sqrt(z)), lambda z: z * sqrt(z) / sin(sqrt(z)))
COS = (lambda z: (cos(sqrt(z)) - 1 + z / 2) / (z * z), lambda z: z * z / cos(sqrt(z)))
EXP2 = (
    lambda x: (mpf(2) ** x - 1) / x if abs(x) > NEAR_ZERO else log(2),
    lambda x: abs(x / mpf(2) ** x),
)

JOBS = [
    ("f32", "expm1", *EXPM1, -HALF_LN2, HALF_LN2, 5),
    ("f32", "log", *LOG, *F_RANGE, 8),
    ("f32", "erfSmall", *ERF_SMALL, TINY, mpf("0.9") ** 2, 6),
    ("f32", "erfLarge", *ERF_LARGE, mpf("0.9"), mpf(4), 8),
    ("f32", "sin", *SIN, TINY, QUARTER_PI_SQUARED, 3),
    ("f32", "cos", *COS, mpf("1e-8"), QUARTER_PI_SQUARED, 3),
    ("f64", "expm1", *EXPM1, -HALF_LN2, HALF_LN2, 11),
    ("f64", "log", *ATANH, TINY, S_MAX**2, 7),
    ("f64", "erfSmall", *ERF_SMALL, TINY, mpf(1), 12),
    ("f64", "erfLarge", *ERF_LARGE, mpf(1), mpf(6), 18),
    ("f64", "sin", *SIN, mpf("1e-10"), QUARTER_PI_SQUARED, 6),
    ("f64", "cos", *COS, mpf("1e-8"), QUARTER_PI_SQUARED, 6),
    ("pow", "log2", *ATANH, TINY, S_MAX**2, 4),
    ("pow", "exp2", *EXP2, mpf("-0.5001"), mpf("0.5001"), 7),
]

for target, name, f, weight, a, b, count in JOBS:
    coefficients, error = remez(f, weight, a, b, count)
    texts = [shortest_float32(c) if target == "f32" else repr(float(c)) for c in coefficients]
    print(f"{target} {name}, 2^{float(log(error, 2)):.1f}: [{', '.join(texts)}]", flush=True)
