export { emitMatmul, emitPack, type MatmulKernel, packedBytes, scratchBytes, takesEpilogue } from "./matmul.ts";
export type { Order } from "./order.ts";
export { orderOfPart, panelOf } from "./part.ts";
export type { Epilogue, Place } from "./row-tile.ts";
export type { MatmulSpec } from "./spec.ts";
