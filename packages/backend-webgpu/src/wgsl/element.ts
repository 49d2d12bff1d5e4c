/** How elements lie in device memory. */
import { type DType, UnsupportedError } from "@tapegrad/core";

/** How WGSL stores an element; bool takes a whole u32, 0 or 1, since memory is addressed by the word. */
export type Element = "f32" | "i32" | "u32";
export const bytesPerElement = 4;

/** @throws UnsupportedError for float64, which WGSL lacks. */
export function elementOf(op: string, dtype: DType): Element {
  if (dtype === "float64") {
    throw new UnsupportedError(
      op,
      "the webgpu backend has no float64",
      "cast to float32, or use the cpu or wasm backend",
    );
  }
  return dtype === "float32" ? "f32" : dtype === "int32" ? "i32" : "u32";
}
