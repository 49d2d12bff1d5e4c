/** Elementwise ops on four lanes at a time, in pieces that stay in the second-level cache between copying in and out. */
import type { CpuKernel, HostOperand } from "@tapegrad/backend-cpu";
import { mergedAxes } from "@tapegrad/compiler";
import { allocate, broadcastStrides, type DType, sizeOf, type TensorType, type TypedArray } from "@tapegrad/core";
import { defined, isPacked } from "@tapegrad/core/internal";
import { ModuleBuilder } from "../assembler/index.ts";
import { importMath, mathImportObject } from "../math/lane-calls.ts";
import { instantiate } from "../program/instantiate.ts";
import { isElementwiseOn } from "../program/lane-ops.ts";
import { emitPointwise, mostOperands } from "./pointwise-code.ts";
import { behind, type Scratch, start } from "./scratch.ts";

/** Elements of a piece. */
const piece = 16384;

/** How a result is made row by row. */
interface Nest {
  readonly rows: number;
  readonly length: number;
  readonly operands: readonly OperandRows[];
}

interface OperandRows {
  /** Elements from row to row. */
  readonly step: number;
  /** Whether a row is one element again and again. */
  readonly isRepeated: boolean;
}

type Code = (...parameters: number[]) => void;

/** Undefined for operands that it does not take. */
export function pointwiseKernel(name: string, scratch: Scratch, fma: boolean) {
  /** By dtypes, and by which operands are repeated. */
  const made = new Map<number, Code>();
  return (...[inputs, , output]: Parameters<CpuKernel>): TypedArray | undefined => {
    if (!isTaken(output) || inputs.length > mostOperands || !isElementwiseOn(name, inputs)) return undefined;
    const nest = nestOf(inputs, output);
    if (nest === undefined || !inputs.every(isTaken)) return undefined;
    const variant = variantOf(inputs, nest, output);
    const code = made.get(variant) ?? codeOf(name, inputs, nest, output, scratch, fma);
    made.set(variant, code);
    const y = allocate(output.dtype, sizeOf(output.shape));
    const { rows, length } = nest;
    // Pieces of a single row, or of several rows that are whole.
    const rowsAtOnce = Math.max(1, Math.floor(piece / length));
    const lengthAtOnce = rows === 1 ? piece : length;
    for (let row = 0; row < rows; row += rowsAtOnce) {
      const count = Math.min(rowsAtOnce, rows - row);
      for (let from = 0; from < length; from += lengthAtOnce)
        runPiece(code, scratch, inputs, nest, y, output.dtype, row, count, from, Math.min(lengthAtOnce, length - from));
    }
    return y;
  };
}

/** Not two lanes of float64, and not what is stored as bits, which no array of numbers holds. */
const isTaken = ({ dtype }: Pick<TensorType, "dtype">): boolean => dtype !== "float64" && !isPacked(dtype);

/** Rows from number `row` on, elements of each from `from` on. */
function runPiece(
  code: Code,
  scratch: Scratch,
  inputs: readonly HostOperand[],
  { operands, length: whole }: Nest,
  y: TypedArray,
  result: DType,
  row: number,
  rows: number,
  from: number,
  length: number,
): void {
  const views = scratch.views((1 + mostOperands) * behind(start, 4 * rows * length));
  let address = behind(start, y.BYTES_PER_ELEMENT * rows * length);
  const parameters = [rows, length, start, 0, 0, 0, 0, 0, 0];
  let at = 3;
  for (const [k, { data, dtype }] of inputs.entries()) {
    const { step, isRepeated } = defined(operands[k], "rows");
    const bytes = data.BYTES_PER_ELEMENT;
    const first = row * step + (isRepeated ? 0 : from);
    const size = (rows - 1) * step + (isRepeated ? 1 : length);
    views[dtype].set(size === data.length ? data : data.subarray(first, first + size), address / bytes);
    parameters[at++] = address;
    parameters[at++] = step * bytes;
    address = behind(address, bytes * size);
  }
  code(...parameters);
  const first = start / y.BYTES_PER_ELEMENT;
  y.set(views[result].subarray(first, first + rows * length), row * whole + from);
}

const whole: OperandRows = { step: 0, isRepeated: false };
const repeated: OperandRows = { step: 0, isRepeated: true };

/** Undefined for operands that take more than rows; most are as large as the result, or a single element. */
function nestOf(inputs: readonly HostOperand[], { shape }: TensorType): Nest | undefined {
  const size = sizeOf(shape);
  if (inputs.every(({ data }) => data.length === size || data.length === 1)) {
    return { rows: 1, length: size, operands: inputs.map(({ data }) => (data.length === size ? whole : repeated)) };
  }
  const { lengths, strides } = mergedAxes(
    shape,
    inputs.map((input) => broadcastStrides(input.shape, shape)),
  );
  const [rows = 1, length = 1] = lengths;
  if (lengths.length !== 2) return undefined;
  const operands = strides.map(([step = 0, inner = 0]) => ({ step, isRepeated: inner === 0 }));
  return { rows, length, operands };
}

const numbers: Readonly<Record<DType, number>> = { bool: 0, int32: 1, float16: 2, float32: 3, float64: 4 };

/** Different for calls that need other code. */
function variantOf(inputs: readonly HostOperand[], { operands }: Nest, { dtype }: TensorType): number {
  return inputs.reduce<number>(
    (variant, input, k) => 10 * variant + 2 * numbers[input.dtype] + Number(operands[k]?.isRepeated),
    numbers[dtype],
  );
}

function codeOf(
  name: string,
  inputs: readonly HostOperand[],
  nest: Nest,
  { dtype }: TensorType,
  { memory }: Scratch,
  fma: boolean,
): Code {
  const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
  const math = { fma, imports: importMath(module) };
  const operands = inputs.map((input, k) => ({
    dtype: input.dtype,
    isRepeated: defined(nest.operands[k], "rows").isRepeated,
  }));
  module.export(emitPointwise(module, { name, operands, result: dtype }, math), "main");
  const main = instantiate(module.build(), { ...mathImportObject, env: { memory } }).exported("main");
  return (...parameters) => main(...parameters);
}
