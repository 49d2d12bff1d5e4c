/** Records on shapes alone: a function that runs once on symbolic tensors becomes a Program. */

import { type Guard, isBeingRecorded, type TraceFrame, withFrame } from "../dispatch/frames.ts";
import { currentOrigin } from "../dispatch/origin.ts";
import { describeValue } from "../errors/arguments.ts";
import { DTypeError, defined } from "../errors/errors.ts";
import { adopt, type Parameter } from "../parameters/parameter.ts";
import { isParameter } from "../tensor/printable.ts";
import { recordingIsOver, symbolicTensor, Tensor } from "../tensor/tensor.ts";
import type { TensorType, Variable } from "../tensor/variable.ts";
import { treeLeaves } from "../trees/tree.ts";
import { Program, type ProgramNode } from "./program.ts";

/** What recording a function gave. */
export interface Traced<Result> {
  /** Inputs: those given, then the captures. Outputs: the leaves of `result`, then the values of `assigned`. */
  readonly program: Program;
  /** Tensors from outside that the function used, Parameters' values among them. */
  readonly captures: readonly Tensor[];
  /** For each capture, the Parameter whose value it is, if it is one. */
  readonly sources: readonly (Parameter | undefined)[];
  /** What the function returned, its tensors symbolic. */
  readonly result: Result;
  /** Parameters that the function assigned to; their last values are outputs, nothing has been assigned yet. */
  readonly assigned: readonly Parameter[];
  /** What else the recording depends on. */
  readonly guards: readonly Guard[];
}

const nothing: ReadonlySet<number> = new Set();

let recordings = 0;

/** The frame of a trace, of what differs between traces. */
export function traceFrame(parts: Pick<TraceFrame, "knows" | "bind" | "record" | "instead">): TraceFrame {
  return {
    kind: "trace",
    serial: ++recordings,
    values: new Map(),
    assigned: new Set(),
    own: new Set(),
    guards: new Map(),
    ...parts,
  };
}

/** A tensor from outside, and the variable that stands for it inside. */
interface Capture {
  readonly variable: Variable;
  readonly tensor: Tensor;
  readonly source: Parameter | undefined;
}

/**
 * Records `fn` on symbolic tensors of `types`, in the name of `op`. Of symbolic tensors from outside it may capture those that
 * belong to a recording around it, and those whose ids are `lent`, which the caller has values for.
 * @throws TraceError when `fn` reads data; DTypeError when it returns a leaf that is not a tensor.
 */
export function trace<Result>(
  fn: (inputs: Tensor[]) => Result,
  types: readonly TensorType[],
  op = "trace",
  lent: { has(id: number): boolean } = nothing,
): Traced<Result> {
  const inputs = types.map(symbolicTensor);
  const known = new Set(inputs.map((input) => input.variable.id));
  const captures: Capture[] = [];
  const nodes: ProgramNode[] = [];
  const use = (tensor: Tensor) => {
    if (known.has(tensor.variable.id)) return tensor.variable;
    if (tensor.isSymbolic && !lent.has(tensor.variable.id) && !isBeingRecorded(tensor.variable))
      throw recordingIsOver(tensor.variable);
    known.add(tensor.variable.id);
    captures.push({ variable: tensor.variable, tensor, source: undefined });
    return tensor.variable;
  };
  const frame = traceFrame({
    knows: ({ id }) => known.has(id) || lent.has(id),
    // A Parameter gets a variable of its own, so that two Parameters that share a tensor stay apart.
    bind: (source, tensor) => {
      const inner = symbolicTensor(tensor.variable);
      known.add(inner.variable.id);
      captures.push({ variable: inner.variable, tensor, source });
      return inner;
    },
    record: ({ op, attributes, inputs: operands, outputs }, stop) => {
      nodes.push({
        op,
        attributes,
        inputs: operands.map(use),
        outputs: outputs.map((output) => output.variable),
        stop,
        origin: currentOrigin(),
      });
      for (const output of outputs) known.add(output.variable.id);
    },
  });
  const result = withFrame(frame, () => fn(inputs));
  const returned = treeLeaves(result).flatMap((leaf) => {
    if (leaf instanceof Tensor) return [use(leaf)];
    if (leaf === undefined || leaf === null) return [];
    const remedy = isParameter(leaf) ? "return its value" : "return trees of tensors";
    throw new DTypeError(op, `a result is not a tensor: ${describeValue(leaf)}`, remedy);
  });
  const assigned = [...frame.assigned];
  const values = assigned.map((parameter) => use(defined(frame.values.get(parameter), "assigned value")));
  const outputs = [...returned, ...values];
  const { live, used } = withoutDeadNodes(nodes, outputs);
  const needed = captures.filter(({ variable }) => used.has(variable.id));
  return {
    program: new Program(
      [...inputs, ...needed].map(({ variable }) => variable),
      live,
      outputs,
    ),
    captures: needed.map(({ tensor }) => tensor),
    sources: needed.map(({ source }) => source),
    result,
    assigned,
    guards: Array.from(frame.guards.values(), (guardOf) => guardOf()),
  };
}

/** The nodes that an output depends on, and the ids that these read. Ops have no effects, so the others may go. */
export function withoutDeadNodes(
  nodes: readonly ProgramNode[],
  outputs: readonly Variable[],
): { live: ProgramNode[]; used: Set<number> } {
  const used = new Set(outputs.map(({ id }) => id));
  const live = nodes.toReversed().filter((node) => {
    if (!node.outputs.some(({ id }) => used.has(id))) return false;
    for (const { id } of node.inputs) used.add(id);
    return true;
  });
  return { live: live.reverse(), used };
}

/**
 * Makes a body's assignments real, once it ran: `values` are the results that a trace lists after those returned. The
 * Parameters are the only ones to hold them.
 */
export function commit(assigned: readonly Parameter[], values: readonly Tensor[]): void {
  for (const [i, parameter] of assigned.entries()) adopt(parameter, defined(values[i], "assigned value"));
}
