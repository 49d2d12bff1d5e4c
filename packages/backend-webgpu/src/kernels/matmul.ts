/** Products of matrices: which kernel makes which. */
import type { MatmulStep } from "@tapegrad/compiler";
import type { Division, StepKernel } from "./kernel.ts";
import { elementBlocks, vectorBlocks } from "./matmul-blocks.ts";
import { quads } from "./matmul-quads.ts";
import { tiles } from "./matmul-tiles.ts";
import { Product, type ProductKernel } from "./product.ts";

export function matmulKernels(step: MatmulStep, division: Division): readonly StepKernel[] {
  const product = new Product(step, division);
  const { rows, inner, columns, values, functions } = product;
  const label = `matmul [${rows},${inner}] × [${inner},${columns}]`;
  return [{ label, values, functions, inHalves: product.type === "f16", ...kernelFor(product, division) }];
}

/** Shorter ones would leave most of a tile empty. */
const shortestOfTiles = 16;

function kernelFor(product: Product, division: Division): ProductKernel {
  const { rows, columns, inner } = product;
  const { isSoftware, hasSubgroups, isAlone } = division;
  const isLarge = !isAlone && Math.min(rows, columns, inner) >= shortestOfTiles;
  if (!product.isAligned) return elementBlocks(product, division);
  if (isLarge && !isSoftware) return tiles(product, division);
  return isLarge && isSoftware && hasSubgroups ? quads(product, division) : vectorBlocks(product, division);
}
