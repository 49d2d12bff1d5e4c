/**
 * Arrays of the host and their dtypes. Objects are recognised by their tag: those of another realm (a `vm` context, Jest, an
 * iframe) are instances of other classes than those of the same name here.
 */
import { allocate, type DType, dtypeTable, type TypedArray } from "./dtype.ts";

/** Any typed array, Float16Array and arrays of BigInts among them. */
export type HostArray = ArrayBufferView & ArrayLike<number | bigint>;

/** Every typed array and the dtype that holds its values. */
const dtypeByTag: ReadonlyMap<string, DType> = new Map([
  ["Int8Array", "int32"],
  ["Uint8Array", "int32"],
  ["Uint8ClampedArray", "int32"],
  ["Int16Array", "int32"],
  ["Uint16Array", "int32"],
  ["Int32Array", "int32"],
  ["Uint32Array", "int32"],
  ["BigInt64Array", "int32"],
  ["BigUint64Array", "int32"],
  ["Float16Array", "float16"],
  ["Float32Array", "float32"],
  ["Float64Array", "float64"],
]);

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
  return ArrayBuffer.isView(value) && dtypeByTag.has(tagOf(value));
}

/** The dtype of the tensor that a host array makes: arrays of integers give int32, never bool. */
export function madeDType(array: HostArray): DType {
  return dtypeByTag.get(tagOf(array)) ?? "float32";
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
