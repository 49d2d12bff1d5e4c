/** What one dispatch can do, for the scheduler of Programs. */
import { readRowsInside, type Storage, type Target } from "@tapegrad/compiler";
import { fusedExpression } from "../kernels/fused.ts";
import { sortScratch } from "../kernels/sort.ts";
import { bytesPerElement, hasElement } from "../wgsl/element.ts";

/** Ops of one loop: registers suffice for them, and the text stays short enough for drivers. */
const capacity = 64;

export const target: Target = {
  name: "webgpu",
  isElementwise: (node) => {
    const [output] = node.outputs;
    if (output === undefined || [...node.inputs, output].some(({ dtype }) => !hasElement(dtype))) return false;
    return fusedExpression(node.op.name, node.inputs.at(-1)?.dtype ?? output.dtype, output.dtype) !== undefined;
  },
  fitsOneLoop: (ops) => ops.length <= capacity,
  foldsInLoop: () => false,
  needsRuns: false,
  sortScratch,
  hasHost: false,
  // A dispatch more at every step costs more than reading all rows at once.
  without: [readRowsInside],
};

/** Storages begin where a vector of four elements can. */
const alignment = 16;

/** Bytes from the beginning of a storage to that of the next, with elements of so many bytes. */
export function spacedBytesOf({ elements }: Storage, width: number = bytesPerElement): number {
  return Math.ceil((elements * width) / alignment) * alignment;
}
