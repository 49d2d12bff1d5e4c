/**
 * Single ops as Programs of one node, where that is faster: operands are copied into linear memory and the result out of it.
 * The copies cost more than adding two tensors, and much less than multiplying two matrices. Only op and shapes decide, never
 * earlier calls, so that results do not depend on history.
 */
import { apply, bufferOf, type Executable, fromBuffer, type Kernel, type Program, print, trace } from "@tapegrad/core";
import { BoundedCache } from "@tapegrad/core/internal";
import { isWorthCompiling } from "./eager-costs.ts";

/** Kinds of calls of an op that are remembered. */
const capacity = 64;

/** `host`, or generated code for large calls. */
export function eagerKernel(host: Kernel, compile: (program: Program) => Executable | undefined): Kernel {
  /** By Program, as text; undefined for what cannot be compiled. */
  const executables = new BoundedCache<string, Executable | undefined>(capacity);
  return (operands, attributes, output, op) => {
    if (!isWorthCompiling(op.name, operands, output, attributes)) return host(operands, attributes, output, op);
    const { program } = trace((inputs) => apply(op, inputs, attributes), operands);
    const executable = executables.get(print(program), () => compile(program));
    const [result] = executable?.(operands.map((operand) => fromBuffer(operand, operand.buffer))) ?? [];
    return (result && bufferOf(result)) ?? host(operands, attributes, output, op);
  };
}
