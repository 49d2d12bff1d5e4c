export { emitMatmul, emitPack, type MatmulKernel, packedBytes, scratchBytes } from "./matmul.ts";
export type { Start } from "./row-tile.ts";
export type { MatmulSpec } from "./spec.ts";
