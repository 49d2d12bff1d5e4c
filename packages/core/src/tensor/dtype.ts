/** Element types, their promotion order, and the typed arrays that hold them on the host. */
import { describeValue } from "../errors/arguments.ts";
import { DTypeError } from "../errors/errors.ts";

/** In promotion order: an op on two dtypes computes in the later one. */
export const dtypes = ["bool", "int32", "float32", "float64"] as const;
/** The element types: "float32", "float64", "int32" and "bool". */
export type DType = (typeof dtypes)[number];
/** The element types that have derivatives. */
export type FloatDType = "float32" | "float64";

/** Host storage: `bool` is one byte per element, 0 or 1. */
export const arrayTypes = {
  bool: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} satisfies Record<DType, unknown>;

/** The host arrays that hold the element types; bool is held as bytes 0 and 1. */
export type TypedArray = Uint8Array | Int32Array | Float32Array | Float64Array;

/** A zero-filled host array of `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  return new arrayTypes[dtype](size);
}

/** How many bytes an element of `dtype` takes on the host. */
export function bytesPerElement(dtype: DType): number {
  return arrayTypes[dtype].BYTES_PER_ELEMENT;
}

/** Whether `dtype` is one of those that have derivatives. */
export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64";
}

/** The dtype in which an op on `a` and `b` computes: bool < int32 < float32 < float64. */
export function promote(a: DType, b: DType): DType {
  return dtypes.indexOf(a) >= dtypes.indexOf(b) ? a : b;
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
    throw new DTypeError("setDefaultDType", `${String(dtype)} is not a float dtype`, 'pass "float32" or "float64"');
  currentDefault = dtype;
}
