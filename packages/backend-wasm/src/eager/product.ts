/** Products of float32 matrices by code that is made once for all sizes. */
import type { CpuKernel, HostOperand } from "@tapegrad/backend-cpu";
import { allocate, sizeOf, type TypedArray } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { AttributesOf } from "@tapegrad/ops";
import { ModuleBuilder } from "../assembler/index.ts";
import { instantiate } from "../program/instantiate.ts";
import { emitProduct, emitStraightPack, emitTransposingPack, emitTrim, panel } from "./product-code.ts";
import { behind, type Scratch, start } from "./scratch.ts";

/** Sums of so many products begin at zero and are added to the result at their end, so that errors do not grow with k alone. */
const longestBlock = 128;

type Attributes = AttributesOf<"matmul">;

/** Undefined for batches of products that are no single one. */
export function productKernel(scratch: Scratch, fma: boolean) {
  let code: ReturnType<typeof codeOf> | undefined;
  return (...[inputs, attributes, output]: Parameters<CpuKernel<Attributes>>): TypedArray | undefined => {
    const [a, b] = [defined(inputs[0], "left operand"), defined(inputs[1], "right operand")];
    if (output.dtype !== "float32" || !isSingle(a, b, attributes)) return undefined;
    code ??= codeOf(scratch, fma);
    const { transposeLeft, transposeRight } = attributes;
    const inner = defined(b.shape.at(transposeRight ? -1 : -2), "inner length");
    const columns = defined(output.shape.at(-1), "columns");
    const size = sizeOf(output.shape);
    const y = allocate("float32", size);
    if (size === 0) return y;
    const rows = size / columns;
    const panels = Math.ceil(columns / panel);
    const padded = panels * panel;
    const block = Math.min(inner, longestBlock);
    const right = behind(start, 4 * a.data.length);
    // Transposed, whole panels are read of B, whose last may be narrower.
    const packed = behind(right, 4 * (transposeRight ? padded * inner : b.data.length));
    const result = behind(packed, 4 * padded * block);
    const trimmed = padded === columns ? result : behind(result, 4 * rows * padded);
    const memory = scratch.views(behind(trimmed, 4 * rows * padded)).float32;
    memory.set(a.data, start / 4);
    memory.set(b.data, right / 4);
    const [leftRow, leftStep] = transposeLeft ? [4, 4 * rows] : [4 * inner, 4];
    const [pack, rightRow, rightStep] = transposeRight
      ? [code.transposingPack, 4 * inner, 4]
      : [code.straightPack, 4 * columns, 4 * columns];
    for (let k = 0; k === 0 || k < inner; k += block) {
      const length = Math.min(block, inner - k);
      pack(right + k * rightStep, rightRow, length, panels, packed);
      code.product(rows, length, panels, start + k * leftStep, leftRow, leftStep, packed, result, k);
    }
    if (trimmed !== result) code.trim(rows, columns, panels, result, trimmed);
    y.set(memory.subarray(trimmed / 4, trimmed / 4 + size));
    return y;
  };
}

/** Whether it is one product, all axes but the last of the left operand being rows. */
function isSingle(a: HostOperand, b: HostOperand, { transposeLeft }: Attributes): boolean {
  const batch = (x: HostOperand) => sizeOf(x.shape.slice(0, -2));
  return a.shape.length >= 2 && batch(b) === 1 && (!transposeLeft || batch(a) === 1);
}

function codeOf({ memory }: Scratch, fma: boolean) {
  const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
  module.export(emitStraightPack(module), "straightPack");
  module.export(emitTransposingPack(module), "transposingPack");
  module.export(emitProduct(module, fma), "product");
  module.export(emitTrim(module), "trim");
  const { exported } = instantiate(module.build(), { env: { memory } });
  return {
    straightPack: exported("straightPack"),
    transposingPack: exported("transposingPack"),
    product: exported("product"),
    trim: exported("trim"),
  };
}
