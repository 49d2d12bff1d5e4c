/** The specification of a matmul kernel. Everything but the addresses is known when the code is generated. */
import { internal } from "@tapegrad/core/internal";
import type { Order } from "./order.ts";
import type { Epilogue, Start } from "./row-tile.ts";
import type { VectorDType } from "./vector-ops.ts";

export interface MatmulSpec {
  readonly dtype: VectorDType;
  /** C is [rows, columns], and `inner` is summed over. */
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** A is stored [inner, rows] instead of [rows, inner]. */
  readonly transposeLeft?: boolean;
  /** B is stored [columns, inner] instead of [inner, columns]. */
  readonly transposeRight?: boolean;
  /** Elements from row to row as stored, if more than the row holds. */
  readonly leftStride?: number;
  readonly rightStride?: number;
  readonly outputStride?: number;
  /** What the products are added to: nothing, or C. "zero" if left out. */
  readonly start?: Start;
  /** Of a product that `takesEpilogue`. */
  readonly epilogue?: Epilogue | undefined;
  /** b is the address of a B that `emitPack` with the same spec has packed. */
  readonly packedRight?: boolean;
  /** Of a part of a product. */
  readonly order?: Order | undefined;
  /** Relaxed SIMD's multiply-add; without it products are rounded before they are added. */
  readonly fma: boolean;
}

/** The spec with every choice spelled out. */
export type FullSpec = Required<MatmulSpec>;

export function complete(spec: MatmulSpec): FullSpec {
  const { rows, inner, columns, transposeLeft = false, transposeRight = false, start = "zero" } = spec;
  const full = {
    dtype: spec.dtype,
    ...{ rows, inner, columns, transposeLeft, transposeRight, start },
    leftStride: spec.leftStride ?? (transposeLeft ? rows : inner),
    rightStride: spec.rightStride ?? (transposeRight ? inner : columns),
    outputStride: spec.outputStride ?? columns,
    packedRight: spec.packedRight ?? false,
    epilogue: spec.epilogue,
    order: spec.order,
    fma: spec.fma,
  };
  for (const size of [rows, inner, columns]) {
    if (!Number.isInteger(size) || size < 0) throw internal(`a matmul of ${rows} × ${inner} × ${columns}`);
  }
  return full;
}

/**
 * A single column asked for as a single row, cᵀ = bᵀ·Aᵀ, which fills vectors where the column would fill one lane; undefined
 * if that is not the shape, or if b and c are not stored tightly.
 */
export function columnAsRow(spec: FullSpec): FullSpec | undefined {
  const tight = (spec.transposeRight || spec.rightStride === 1) && spec.outputStride === 1;
  if (spec.columns !== 1 || spec.rows === 1 || !tight || spec.packedRight) return undefined;
  return {
    ...spec,
    rows: 1,
    columns: spec.rows,
    transposeLeft: false,
    transposeRight: !spec.transposeLeft,
    leftStride: spec.inner,
    rightStride: spec.leftStride,
    outputStride: spec.rows,
  };
}
