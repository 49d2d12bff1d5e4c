/**
 * Single ops as Programs of one node, where that pays: operands are copied into linear memory and the result out of it, which
 * costs more than adding two tensors does, and much less than multiplying two matrices. Only the kind of call decides, never
 * what was called before, so that results do not depend on history.
 */
import {
  apply,
  BoundedCache,
  type Executable,
  type Kernel,
  type OpDefinition,
  type Operand,
  type Program,
  sizeOf,
  Tensor,
  trace,
} from "@tapegrad/core";

/** What the host's kernels need per element of the result, in nanoseconds; ops that are missing here only move or add. */
const costs: Readonly<Record<string, number>> = {
  cos: 10,
  erf: 10,
  exp: 8,
  expm1: 10,
  log: 10,
  log1p: 10,
  logSumExp: 8,
  pow: 20,
  randomBits: 10,
  sigmoid: 10,
  sin: 10,
  softplus: 20,
  tanh: 12,
};
const perProduct = 0.4;

/** Calls that take the host longer are worth code of their own. */
const worthCompiling = 1_000_000;

/** Kinds of calls that are remembered. */
const capacity = 256;

/** `host`, or generated code for large calls. */
export function eagerKernel(host: Kernel, compile: (program: Program) => Executable | undefined): Kernel {
  /** By kind of call; undefined for what cannot be compiled. */
  const executables = new BoundedCache<string, Executable | undefined>(capacity);
  return (operands, attributes, output, op) => {
    if (nanosecondsOf(op, operands, sizeOf(output.shape), attributes) < worthCompiling)
      return host(operands, attributes, output, op);
    const kind = JSON.stringify([attributes, operands.map(({ shape, dtype }) => [shape, dtype])]);
    const executable = executables.get(kind, () => compile(programOf(op, operands, attributes)));
    const [result] = executable?.(operands.map((operand) => new Tensor(operand, operand.buffer))) ?? [];
    return result?.buffer ?? host(operands, attributes, output, op);
  };
}

function nanosecondsOf(op: OpDefinition, operands: readonly Operand[], size: number, attributes: object): number {
  if (op.name !== "matmul") return (costs[op.name] ?? 0) * size;
  const isTransposed = "transposeLeft" in attributes && attributes.transposeLeft === true;
  return perProduct * size * (operands[0]?.shape.at(isTransposed ? -2 : -1) ?? 1);
}

function programOf(op: OpDefinition, operands: readonly Operand[], attributes: object): Program {
  return trace((inputs) => apply(op, inputs, attributes), operands).program;
}
