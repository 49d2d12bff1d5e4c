/** The identity and type of a value, without its data: tapes and Programs refer to values by Variables. */
import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** Shape and dtype, all that type rules look at. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** A value's identity. Every op application makes a fresh one, so tapes can be keyed by `id`. */
export interface Variable extends TensorType {
  readonly id: number;
}

let nextId = 0;

/** A variable of its own for a value of this type. */
export function freshVariable({ shape, dtype }: TensorType): Variable {
  return { id: nextId++, shape, dtype };
}
