/** The layout of elements in device memory. */
import { type DType, UnsupportedError } from "@tapegrad/core";

/** How WGSL stores an element; bool takes a whole u32, 0 or 1, since memory is addressed by the word. */
export type Element = "f32" | "i32" | "u32";
export const bytesPerElement = 4;

/** WGSL lacks float64. */
const elements: Readonly<Record<DType, Element | undefined>> = {
  bool: "u32",
  int32: "i32",
  // Its values: there are storage buffers of 16-bit floats on some devices only.
  float16: "f32",
  float32: "f32",
  float64: undefined,
};

/** Whether WGSL has the dtype. */
export function hasElement(dtype: DType): boolean {
  return elements[dtype] !== undefined;
}

/** @throws UnsupportedError for a dtype that WGSL lacks. */
export function elementOf(op: string, dtype: DType): Element {
  const element = elements[dtype];
  if (element !== undefined) return element;
  throw new UnsupportedError(
    op,
    `the webgpu backend has no ${dtype}`,
    "cast to float32, or use the cpu or wasm backend",
  );
}

const view = new DataView(new ArrayBuffer(4));

/** The 32 bits of a number of this dtype. */
export function wordOf(value: number, dtype: DType): number {
  if (dtype === "bool") return Number(value !== 0);
  if (elementOf("full", dtype) === "i32") return value | 0;
  view.setFloat32(0, value);
  return view.getUint32(0);
}
