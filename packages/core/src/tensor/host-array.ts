/**
 * Arrays of the host and their dtypes. Objects are recognised by their tag: those of another realm (a `vm` context, Jest, an
 * iframe) are instances of other classes than those of the same name here.
 */
import { allocate, type DType, dtypes, dtypeTable, type TypedArray } from "./dtype.ts";

/** Any typed array, Float16Array and arrays of BigInts among them. */
export type HostArray = ArrayBufferView & ArrayLike<number | bigint>;

/** The class by which JavaScript itself knows a value, in every realm: `Promise`, `Map`, `Int32Array`. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** A Map, of any realm. */
export function isMap(value: unknown): value is Map<unknown, unknown> {
  return tagOf(value) === "Map";
}

/** A Set, of any realm. */
export function isSet(value: unknown): value is Set<unknown> {
  return tagOf(value) === "Set";
}

/** Whether `value` is a typed array that a tensor can be made of, of this realm or another. */
export function isHostArray(value: unknown): value is HostArray {
  return ArrayBuffer.isView(value) && tagOf(value) !== "DataView";
}

/** The dtype of the tensor that a host array makes: that in its name, or int32, as of all other arrays of integers; never bool. */
export function madeDType(array: HostArray): DType {
  const tag = tagOf(array).toLowerCase();
  return dtypes.find((dtype) => tag === `${dtype}array`) ?? "int32";
}

/** Whether `array` is of the array type that holds `dtype`, in any realm. */
export function holdsDType(array: unknown, dtype: DType): array is TypedArray {
  return tagOf(array) === dtypeTable[dtype].array.name;
}

/** `array`, which holds `dtype`, as an instance of this realm's class: itself or a copy. */
export function ownArray(array: TypedArray, dtype: DType): TypedArray {
  if (array instanceof dtypeTable[dtype].array || !holdsDType(array, dtype)) return array;
  const own = allocate(dtype, array.length);
  own.set(array);
  return own;
}

/** The bytes of a buffer or of an array of bytes, of any realm; undefined for anything else. */
export function bytesOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (holdsDType(value, "bool")) return new Uint8Array(value.buffer, value.byteOffset, value.length);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return tagOf(value) === "ArrayBuffer";
}
