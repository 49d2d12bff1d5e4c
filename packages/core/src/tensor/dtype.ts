/** Element types, their promotion order, and the typed arrays that hold them on the host. */
import { describeValue } from "../errors/arguments.ts";
import { DTypeError, internal } from "../errors/errors.ts";

/** What there is to know of an element type. */
interface Descriptor {
  readonly kind: "bool" | "integer" | "float";
  /** Of an element, where a host backend stores it. */
  readonly bytes: number;
  /** What `data()` gives, and `tensor` copies. An element of another size is packed where it is stored. */
  readonly array: ArrayType;
}

/** The facts of an IEEE 754 format from which its bounds and rounding follow. */
export interface FloatFormat {
  /** Binary digits of the significand, the implicit one among them. */
  readonly digits: number;
  /** The exponent of the smallest normal number. */
  readonly leastExponent: number;
}

type ArrayType = typeof Uint8Array | typeof Int32Array | typeof Float32Array | typeof Float64Array;

/** The element types: "float16", "float32", "float64", "int32" and "bool". */
export type DType = "bool" | "int32" | "float16" | "float32" | "float64";

/** The table of element types, in promotion order. What a package needs to know besides is a `Record<DType, …>` of its own. */
export const dtypeTable = {
  /** Stored as bytes 0 and 1. */
  bool: { kind: "bool", bytes: 1, array: Uint8Array },
  int32: { kind: "integer", bytes: 4, array: Int32Array },
  /** `data()` gives its values, which are all in float32, so that they are the same array on all platforms. */
  float16: { kind: "float", bytes: 2, array: Float32Array },
  float32: { kind: "float", bytes: 4, array: Float32Array },
  float64: { kind: "float", bytes: 8, array: Float64Array },
} as const satisfies Record<DType, Descriptor>;

/** The dtypes that are only stored: ops cast them to another one, compute in that, and round each result once. */
const storedOnly = { float16: "float32" } as const satisfies Partial<Record<DType, DType>>;

/** In promotion order: an op on two dtypes computes in the later one. The one unchecked cast: what the table's keys are. */
export const dtypes = Object.keys(dtypeTable) as readonly DType[];

type DTypeTable = typeof dtypeTable;

/** The element types that have derivatives. */
export type FloatDType = { [D in DType]: DTypeTable[D]["kind"] extends "float" ? D : never }[DType];

/** The formats of the floats. Apart from the table, so that programs that do not ask for them do not carry them. */
export const floatFormats: Readonly<Record<FloatDType, FloatFormat>> = {
  float16: { digits: 11, leastExponent: -14 },
  float32: { digits: 24, leastExponent: -126 },
  float64: { digits: 53, leastExponent: -1022 },
};

/** The element types that ops compute in. */
export type ComputedDType = Exclude<DType, keyof typeof storedOnly>;

/**
 * The host arrays that hold the element types: bool as bytes 0 and 1, float16 as numbers in a Float32Array, or, where a backend
 * stores it, as bits in a Uint16Array.
 */
export type TypedArray = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/** Whether elements are stored as fewer bytes than their values take in the host array. */
export function isPacked(dtype: DType): boolean {
  const { array, bytes } = dtypeTable[dtype];
  return array.BYTES_PER_ELEMENT !== bytes;
}

/** A zero-filled host array of `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  return new dtypeTable[dtype].array(size);
}

/** How many bytes an element of `dtype` takes on the host. */
export function bytesPerElement(dtype: DType): number {
  return dtypeTable[dtype].bytes;
}

/** The dtype that ops on `dtype` compute in. */
export function computedIn(dtype: FloatDType): FloatDType & ComputedDType;
export function computedIn(dtype: DType): ComputedDType;
export function computedIn(dtype: DType): ComputedDType {
  return isStoredOnly(dtype) ? storedOnly[dtype] : dtype;
}

function isStoredOnly(dtype: DType): dtype is keyof typeof storedOnly {
  return dtype in storedOnly;
}

/** `dtype`, in which the caller computes. @throws an internal error for one that is only stored. */
export function computing(dtype: DType): ComputedDType {
  if (isStoredOnly(dtype)) throw internal(`${dtype} is only stored, and computed in ${storedOnly[dtype]}`);
  return dtype;
}

/** Whether `dtype` is one of those that have derivatives. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtypeTable[dtype]?.kind === "float";
}

/** The dtype in which an op on `a` and `b` computes: bool < int32 < float16 < float32 < float64. */
export function promote<D extends DType>(a: D, b: D): D {
  return dtypes.indexOf(a) >= dtypes.indexOf(b) ? a : b;
}

/** The format of a float dtype. @throws an internal error for any other. */
export function formatOf(dtype: DType): FloatFormat {
  if (!isFloat(dtype)) throw internal(`${dtype} is not a float`);
  return floatFormats[dtype];
}

/** The largest finite number: (2 − 2^(1 − digits)) · 2^(1 − leastExponent). */
export function largestOf(dtype: FloatDType): number {
  const { digits, leastExponent } = floatFormats[dtype];
  return (2 - 2 ** (1 - digits)) * 2 ** (1 - leastExponent);
}

/** `dtype`. @throws DTypeError, in the name of `op`, for anything that is none. */
export function checkDType(op: string, dtype: DType): DType {
  if (dtypes.includes(dtype)) return dtype;
  throw new DTypeError(
    op,
    `unknown dtype ${typeof dtype === "string" ? dtype : describeValue(dtype)}`,
    `use one of ${dtypes.join(", ")}`,
  );
}

let currentDefault: FloatDType = "float32";

/**
 * The float dtype of tensors made from plain numbers, `float32` unless changed.
 * @pytorch torch.get_default_dtype
 * @example
 * import { defaultDType, tensor } from "tapegrad";
 * console.log(defaultDType(), tensor([1, 2]).dtype); // → float32 float32
 */
export function defaultDType(): FloatDType {
  return currentDefault;
}

/**
 * Sets the dtype of tensors made from plain numbers.
 * @throws DTypeError for anything but a float dtype.
 * @pytorch torch.set_default_dtype
 * @example
 * import { setDefaultDType, tensor } from "tapegrad";
 * setDefaultDType("float64");
 * console.log(tensor([1, 2]).dtype); // → float64
 */
export function setDefaultDType(dtype: FloatDType): void {
  if (!isFloat(dtype))
    throw new DTypeError(
      "setDefaultDType",
      `${String(dtype)} is not a float dtype`,
      'pass "float16", "float32" or "float64"',
    );
  currentDefault = dtype;
}
