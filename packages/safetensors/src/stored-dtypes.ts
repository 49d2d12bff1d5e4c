/**
 * The element types of the format: the dtype that each is read as, with the conversion, and the type that each of our dtypes is
 * written as.
 */
import { bytesPerElement, type DType, FormatError, type TypedArray } from "@tapegrad/core";
import { fromLittleEndian } from "./byte-order.ts";
import { type Entry, quote } from "./entry.ts";
import { bfloat16ToFloat32Bits, float16ToFloat32Bits, float32ToFloat16 } from "./half.ts";

export interface StoredDType {
  readonly bytesPerElement: number;
  readonly dtype: DType;
  /** A fresh array of the `size` elements in `bytes`. @throws FormatError, naming the tensor, for a value that does not fit. */
  read(name: string, bytes: Uint8Array, size: number): TypedArray;
}

type ElementReader = (view: DataView, offset: number) => number;

function same(dtype: DType): StoredDType {
  return {
    dtype,
    bytesPerElement: bytesPerElement(dtype),
    read: (_, bytes, size) => fromLittleEndian(dtype, size, bytes),
  };
}

function bool(): StoredDType {
  const plain = same("bool");
  return {
    ...plain,
    read(name, bytes, size) {
      const data = plain.read(name, bytes, size);
      const bad = data.findIndex((value) => value > 1);
      if (bad >= 0) throw misfit(name, `element ${bad} of BOOL is the byte ${data[bad]}`, "bool is stored as 0 or 1");
      return data;
    },
  };
}

function half(dtype: DType, toFloat32Bits: (bits: number) => number): StoredDType {
  return {
    dtype,
    bytesPerElement: 2,
    read(_, bytes, size) {
      const view = viewOf(bytes);
      const data = new Float32Array(size);
      const bits = new Uint32Array(data.buffer);
      for (let i = 0; i < size; i++) bits[i] = toFloat32Bits(view.getUint16(2 * i, true));
      return data;
    },
  };
}

function integer(stored: string, bytesPerElement: number, element: ElementReader): StoredDType {
  return {
    dtype: "int32",
    bytesPerElement,
    read(name, bytes, size) {
      const view = viewOf(bytes);
      const data = new Int32Array(size);
      for (let i = 0; i < size; i++) {
        const value = element(view, i * bytesPerElement);
        if (value !== (value | 0)) {
          throw misfit(name, `element ${i} of ${stored} does not fit int32`, "save it as I32, or as a float");
        }
        data[i] = value;
      }
      return data;
    },
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function misfit(name: string, problem: string, remedy: string): FormatError {
  return new FormatError("safetensors.decode", `${quote(name)}: ${problem}`, remedy);
}

/** Every element type that can be read, by its name in the header. */
export const storedDTypes: ReadonlyMap<string, StoredDType> = new Map([
  ["F64", same("float64")],
  ["F32", same("float32")],
  ["F16", half("float16", float16ToFloat32Bits)],
  ["BF16", half("float32", bfloat16ToFloat32Bits)],
  // 64-bit integers beyond 2⁵³ lose digits as a number, but stay outside int32.
  ["I64", integer("I64", 8, (view, offset) => Number(view.getBigInt64(offset, true)))],
  ["U64", integer("U64", 8, (view, offset) => Number(view.getBigUint64(offset, true)))],
  ["I32", same("int32")],
  ["U32", integer("U32", 4, (view, offset) => view.getUint32(offset, true))],
  ["I16", integer("I16", 2, (view, offset) => view.getInt16(offset, true))],
  ["U16", integer("U16", 2, (view, offset) => view.getUint16(offset, true))],
  ["I8", integer("I8", 1, (view, offset) => view.getInt8(offset))],
  ["U8", integer("U8", 1, (view, offset) => view.getUint8(offset))],
  ["BOOL", bool()],
]);

/** In the reference writer's order, by descending alignment: every tensor then starts at a multiple of its element size. */
export const writtenDTypes = {
  float64: { name: "F64", rank: 0 },
  float32: { name: "F32", rank: 1 },
  int32: { name: "I32", rank: 2 },
  float16: { name: "F16", rank: 3 },
  bool: { name: "BOOL", rank: 4 },
} as const satisfies Record<DType, { name: string; rank: number }>;

/** The elements of an entry as the file has them. */
export function storedArray({ dtype, data }: Pick<Entry, "dtype" | "data">): TypedArray {
  return dtype === "float16" ? float32ToFloat16(data) : data;
}
