/** A fused loop after a product, as code of the product's kernel: it works on totals that are still in registers. */

import { type FusedStep, type MatmulStep, type MemoryValue, mergedAxes, valuesOf } from "@tapegrad/compiler";
import { bytesPerElement } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { FunctionBuilder, Local } from "../assembler/index.ts";
import { VectorConstants } from "../math/constants.ts";
import { isMathFunction } from "../math/kernels.ts";
import type { Epilogue } from "../matmul/index.ts";
import { elements } from "./elements.ts";
import { declareConstants, nodesText, valuesOfNodes } from "./fused-nodes.ts";
import { formOf, layoutOf, storeLanes } from "./lane-layout.ts";
import type { LaneMath } from "./lane-ops.ts";

/** The code is there for every vector of a tile: more ops than so many, or functions of the math library, make it long. */
const [mostOps, mostFunctions] = [8, 1];

/** Whether the loop can be an epilogue of this product: all of one dtype, and its values seen as matrices. */
export function isShortEpilogue({ to }: MatmulStep, step: FusedStep): boolean {
  const ops = step.nodes.map(({ op }) => op);
  const { reads, writes } = valuesOf(step);
  return (
    to.shape.length === 2 &&
    ops.length <= mostOps &&
    ops.filter(isMathFunction).length <= mostFunctions &&
    [...reads, ...writes, ...step.nodes].every(({ dtype }) => dtype === to.dtype) &&
    step.results.every(({ fold }) => fold === undefined) &&
    [...reads, ...writes].every((value) => value.kind === "constant" || asMatrix(value, to) !== undefined)
  );
}

/** What the epilogue reads and writes in memory, in the order of its matrices. */
export function valuesOfEpilogue({ epilogue }: MatmulStep): readonly MemoryValue[] {
  if (epilogue === undefined) return [];
  const { operands, results } = epilogue.step;
  const others = operands.filter((_, i) => i !== epilogue.operand).filter((value) => value.kind === "memory");
  return [...others, ...results.map(({ to }) => to)];
}

export function epilogueOf(product: MatmulStep, math: LaneMath): Epilogue | undefined {
  const { epilogue, to } = product;
  if (epilogue === undefined) return undefined;
  const { step, operand, keepsResult } = epilogue;
  const values = valuesOfEpilogue(product);
  const matrices = values.map((value) => defined(asMatrix(value, to), "matrix"));
  return {
    text: `${nodesText(step)} on ${operand}`,
    matrices,
    keepsTotals: keepsResult,
    begin: (f: FunctionBuilder) => {
      const layout = layoutOf([to.dtype]);
      const form = formOf(layout, to.dtype);
      const constants = new VectorConstants(f);
      declareConstants(step, constants, math);
      return (total, at, lanes) => {
        let matrix = 0;
        const load = (): Local<"v128"> => {
          const { address, offset } = at(matrix);
          const isRepeated = matrices[matrix++]?.column === 0;
          return f.let(isRepeated ? elements[to.dtype].splat(address, offset) : form.load(f, address, offset));
        };
        const operands = step.operands.map((value, i) => {
          if (i === operand) return total;
          return value.kind === "constant" ? f.let(elements[value.dtype].constant(value.value)) : load();
        });
        const computed = valuesOfNodes(step, { f, constants, math, layout }, operands);
        for (const { node } of step.results) {
          storeLanes(f, layout, to.dtype, at(matrix++), defined(computed[node], "value"), lanes);
        }
      };
    },
  };
}

/** Bytes from row to row and from column to column of a value with as many elements as the product; undefined if they vary. */
function asMatrix({ shape, strides, dtype }: MemoryValue, { shape: [, columns = 1] }: MemoryValue) {
  const bytes = bytesPerElement(dtype);
  const whole = { row: 0, column: 0 };
  let [length, axis] = [1, shape.length];
  while (length < columns && axis > 0) length *= shape[--axis] ?? 1;
  if (length !== columns) return undefined;
  for (const [part, from, to] of [
    ["row", 0, axis],
    ["column", axis, shape.length],
  ] as const) {
    const merged = mergedAxes(shape.slice(from, to), [strides.slice(from, to)]);
    if (merged.lengths.length > 1) return undefined;
    whole[part] = bytes * (merged.strides[0]?.[0] ?? 0);
  }
  return [0, bytes].includes(whole.column) && whole.row >= 0 ? whole : undefined;
}
