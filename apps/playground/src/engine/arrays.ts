/** Between tensors and the plain arrays that messages carry. */
import { type Tensor, tensor } from "tapegrad";
import type { NamedArray } from "./protocol.ts";

/** The values as float32, of any tensor. */
export function numbersOf(t: Tensor): Float32Array {
  return Float32Array.from(t.dataSync());
}

export function arrayOf(t: Tensor): NamedArray {
  const data = t.dataSync();
  return { shape: t.shape, data: t.dtype.startsWith("float") ? Float32Array.from(data) : Int32Array.from(data) };
}

export function tensorFrom({ shape, data }: NamedArray): Tensor {
  return tensor(data, { shape, dtype: data instanceof Int32Array ? "int32" : "float32" });
}

export function arraysOf(tensors: Readonly<Record<string, Tensor>>): Record<string, NamedArray> {
  return mapped(tensors, arrayOf);
}

export function tensorsFrom(arrays: Readonly<Record<string, NamedArray>>): Record<string, Tensor> {
  return mapped(arrays, tensorFrom);
}

function mapped<From, To>(entries: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, map(value)]));
}
