/**
 * Random numbers from a counter: threefry2x32 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), the same
 * bits on every backend. A Generator's state is a Parameter, so drawing works wherever Parameters do.
 */
import {
  apply,
  type DType,
  DTypeError,
  defaultDType,
  type FloatDType,
  floatFormats,
  isFloat,
  type OpDefinition,
  Parameter,
  type Shape,
  TapegradError,
  type Tensor,
  tensor,
  UnsupportedError,
} from "@tapegrad/core";
import {
  checkCount,
  checkNumber,
  checkShape,
  computedIn,
  defined,
  describeValue,
  fromHost,
  largestOf,
  OfThisCopy,
  optionsOf,
  recordedByIdentity,
  remedyFor,
} from "@tapegrad/core/internal";
import { add, mul, sub } from "../elementwise/arithmetic.ts";
import { cos, log, sqrt } from "../elementwise/elementary.ts";
import { less, lessEqual, where } from "../elementwise/select.ts";
import { argsort } from "../movement/sorting.ts";
import { cast } from "../operands.ts";

/** `bits` random bits per element as a non-negative int32. */
export interface RandomBitsAttributes {
  readonly shape: Shape;
  /** 1 to 31. */
  readonly bits: number;
}

/** Input: the int32 state [key₀, key₁, draw]. Element i is word i mod 2 of the block (⌊i / 2⌋, draw), its top bits. */
export const randomBitsOp: OpDefinition<RandomBitsAttributes, 1> = {
  name: "randomBits",
  type: (_, { shape }) => ({ shape, dtype: "int32" }),
  derivative: { kind: "none" },
  batching: {
    kind: "random",
    rule: (inputs, { shape, bits }, { batched, size }) => {
      if (batched[0] === true) {
        throw new UnsupportedError(
          "vmap",
          "a Generator's state differs by batch entry",
          "make the Generator outside vmap",
        );
      }
      return apply(randomBitsOp, inputs, { shape: [size, ...shape], bits });
    },
  },
  tolerance: 0,
};

/** Options of `generator.uniform`. */
export interface UniformOptions {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  readonly dtype?: FloatDType | undefined;
}

const uniformOptions = { low: true, high: true, dtype: true } as const;

/**
 * A source of random numbers: a seed determines all of them, on every backend alike (threefry2x32, Salmon et al., 2011: draw n
 * of a seed is a hash of n). `uniform`, `normal` and others take a shape and give a tensor of it. `generator.state` is a
 * Parameter that is not trainable, so that drawing works inside `compile`, `scan` and `vmap`, and the state can be saved.
 * @pytorch torch.Generator
 * @example
 * import { Generator } from "tapegrad";
 * const generator = new Generator(1);
 * console.log(generator.uniform([3], { low: -1, high: 1 })); // → Tensor(float32 [3]) [0.407887, 0.179051, -0.88457]
 * console.log(generator.permutation(5)); // each draw is another one
 * // → Tensor(int32 [5]) [4, 1, 3, 2, 0]
 */
export class Generator extends OfThisCopy {
  /** int32 [3]: key₀, key₁, number of draws so far. Saving and assigning it resumes the stream exactly. */
  readonly state: Parameter;

  get [recordedByIdentity](): true {
    return true;
  }

  /** @throws TapegradError unless `seed` is an integer from 0 to 2⁵³ − 1. */
  constructor(seed: number) {
    super();
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new TapegradError(
        "Generator",
        `not a seed: ${describeValue(seed)}`,
        remedyFor(seed, "use an integer from 0 to 2^53 − 1"),
      );
    const state = Int32Array.of(seed | 0, Math.floor(seed / 2 ** 32) | 0, 0);
    this.state = new Parameter(tensor(state), { name: "generator", trainable: false });
  }

  /** int32 of `bits` random bits (1 to 31). */
  bits(shape: Shape, bits: number): Tensor {
    if (!Number.isInteger(bits) || bits < 1 || bits > 31) {
      const remedy = remedyFor(bits, "use an integer from 1 to 31");
      throw new TapegradError("Generator", `not a number of bits: ${describeValue(bits)}`, remedy);
    }
    const state = this.state.value;
    const drawn = apply(randomBitsOp, [state], { shape: checkShape("Generator", shape), bits }, undefined, "Generator");
    this.state.assign(add(state, fromHost(Int32Array.of(0, 0, 1), [3], "int32", state.backend)));
    return drawn;
  }

  /**
   * Uniform on [low, high), by default [0, 1): 24 random bits in float32, 53 in float64. Where low = high, all are low.
   * @throws TapegradError for a range that is reversed, or wider than the dtype's largest number.
   * @pytorch torch.rand
   */
  uniform(shape: Shape, options: UniformOptions = {}): Tensor {
    const { low = 0, high = 1, dtype = defaultDType() } = optionsOf("Generator", options, uniformOptions);
    checkFloat(dtype);
    checkBounds(checkNumber("Generator", "low", low), checkNumber("Generator", "high", high), dtype);
    const unit = this.#unit(shape, dtype);
    if (low === 0 && high === 1) return unit;
    const scaled = add(mul(unit, high - low), low);
    return where(less(scaled, high), scaled, low); // Rounding may reach the excluded end.
  }

  /** As many random bits as the dtype has digits, as a fraction; those beyond 31 of a second draw. */
  #unit(shape: Shape, dtype: FloatDType): Tensor {
    const { digits } = floatFormats[dtype];
    if (digits < 32) return mul(cast(this.bits(shape, digits), dtype), 2 ** -digits);
    const rest = Math.floor(digits / 2);
    const [high, low] = [digits - rest, rest].map((bits) => cast(this.bits(shape, bits), dtype));
    return mul(add(mul(defined(high, "bits"), 2 ** rest), defined(low, "bits")), 2 ** -digits);
  }

  /**
   * Standard normal, by Box and Muller (1958): √(−2 log u) · cos 2πv with u on (0, 1].
   * @pytorch torch.randn
   */
  normal(shape: Shape, options: { readonly dtype?: FloatDType | undefined } = {}): Tensor {
    const { dtype = defaultDType() } = optionsOf("Generator", options, { dtype: true });
    checkFloat(dtype);
    const drawn = { dtype: computedIn(dtype) };
    const radius = sqrt(mul(-2, log(sub(1, this.uniform(shape, drawn)))));
    return cast(mul(radius, cos(mul(2 * Math.PI, this.uniform(shape, drawn)))), dtype);
  }

  /**
   * bool, true with probability `p`, to 31 bits; never for 0, always for 1.
   * @pytorch torch.bernoulli
   */
  bernoulli(p: number, shape: Shape): Tensor {
    if (!(checkNumber("Generator", "probability", p) >= 0 && p <= 1))
      throw new TapegradError("Generator", `not a probability: ${p}`, "use 0 ≤ p ≤ 1");
    return lessEqual(this.bits(shape, 31), Math.round(p * 2 ** 31) - 1);
  }

  /**
   * The integers 0 … n − 1 in random order, int32.
   * @pytorch torch.randperm
   */
  permutation(n: number): Tensor {
    return argsort(this.bits([checkCount("Generator", "length of the permutation", n)], 31));
  }
}

function checkBounds(low: number, high: number, dtype: FloatDType): void {
  const isHeld = (value: number) => Math.abs(value) <= largestOf(dtype);
  if (![low, high, high - low].every(isHeld) || low > high)
    throw new TapegradError("Generator", `no range of ${dtype}: ${low} to ${high}`, "use finite low ≤ high");
}

function checkFloat(dtype: DType): void {
  if (!isFloat(dtype))
    throw new DTypeError("Generator", `no random ${String(dtype)}`, "use float32 or float64, or bits for integers");
}
