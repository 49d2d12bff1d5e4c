/** Runs a Program over a leading batch axis that only some of its inputs have; vmap and batched regions share it. */
import {
  apply,
  type BatchContext,
  isRegion,
  type MaybeBatched,
  type OpDefinition,
  type Program,
  type ProgramNode,
  type Tensor,
  trace,
  UnsupportedError,
} from "@tapegrad/core";
import { applyNode, bodiesOf, defined, replay } from "@tapegrad/core/internal";
import { broadcastTo, reshape } from "@tapegrad/ops";

type BatchOptions = Pick<BatchContext, "size" | "randomness">;

/** The results of `program`, each with the batch axis if it depends on anything that has it. */
export function interpretBatched(
  program: Program,
  inputs: readonly MaybeBatched[],
  options: BatchOptions,
): MaybeBatched[] {
  const values = new Map<number, MaybeBatched>();
  for (const [i, { id }] of program.inputs.entries()) values.set(id, defined(inputs[i], "program input"));
  for (const node of program.nodes) {
    const operands = node.inputs.map(({ id }) => defined(values.get(id), "program value"));
    const outputs = replay(node, () => batchNode(node, operands, options));
    for (const [i, { id }] of node.outputs.entries()) values.set(id, defined(outputs[i], "program output"));
    for (const id of program.lastUses.get(node) ?? []) values.delete(id);
  }
  return program.outputs.map(({ id }) => defined(values.get(id), "program result"));
}

/** The same with the batch axis on the results marked, which are at least those that need it. */
export function interpretMarked(
  program: Program,
  inputs: readonly MaybeBatched[],
  results: readonly boolean[],
  options: BatchOptions,
): Tensor[] {
  return interpretBatched(program, inputs, options).map((result, i) =>
    results[i] === true ? withBatchAxis(result, options.size) : result.tensor,
  );
}

/** Which results of `program` have the batch axis, when the inputs marked do. */
export function batchedResults(program: Program, batched: readonly boolean[], options: BatchOptions): boolean[] {
  const types = program.inputs.map(({ shape, dtype }, i) => ({
    shape: batched[i] === true ? [options.size, ...shape] : shape,
    dtype,
  }));
  let results: readonly MaybeBatched[] = [];
  trace((inputs) => {
    results = interpretBatched(program, marked(inputs, batched), options);
    return results.map(({ tensor }) => tensor);
  }, types);
  return results.map((result) => result.batched);
}

/** Each tensor with its mark. */
export function marked(tensors: readonly Tensor[], batched: readonly boolean[]): MaybeBatched[] {
  return tensors.map((tensor, i) => ({ tensor, batched: batched[i] === true }));
}

/** Repeats what does not have the batch axis. */
export function withBatchAxis({ tensor, batched }: MaybeBatched, size: number): Tensor {
  return batched ? tensor : broadcastTo(tensor, [size, ...tensor.shape]);
}

function batchNode(
  node: ProgramNode,
  operands: readonly MaybeBatched[],
  options: BatchOptions,
): readonly MaybeBatched[] {
  const draws = drawsRandomNumbers(node);
  if (draws && options.randomness === undefined) {
    throw new UnsupportedError(
      "vmap",
      "random numbers are drawn inside",
      'say { randomness: "same" } or { randomness: "different" }',
    );
  }
  const tensors = operands.map(({ tensor }) => tensor);
  const differs = draws && options.randomness === "different";
  if (!differs && operands.every(({ batched }) => !batched)) {
    return applyNode(node, tensors).map((tensor) => ({ tensor, batched: false }));
  }
  const context = { ...options, batched: operands.map(({ batched }) => batched) };
  if (isRegion(node.op)) return node.op.batch(tensors, node.attributes, context);
  return [{ tensor: batchPrimitive(node.op, node.attributes, operands, context), batched: true }];
}

/** Whether the node, or a body inside it, draws from a Generator. */
function drawsRandomNumbers(node: ProgramNode): boolean {
  const { op } = node;
  if (!isRegion(op)) return op.batching.kind === "random";
  return bodiesOf(node).some((body) => body.nodes.some(drawsRandomNumbers));
}

function batchPrimitive(
  op: OpDefinition,
  attributes: object,
  operands: readonly MaybeBatched[],
  context: BatchContext,
): Tensor {
  const { batching } = op;
  if (batching.kind === "trailing") {
    const all = operands.map((operand) => withBatchAxis(operand, context.size));
    return apply(op, all, attributes);
  }
  if (batching.kind === "pointwise") return apply(op, aligned(operands), attributes);
  const tensors = operands.map(({ tensor }) => tensor);
  return batching.rule(tensors, attributes, context);
}

/** Inserts axes of length 1 behind the batch axis, so that operands of different rank still broadcast against each other. */
function aligned(operands: readonly MaybeBatched[]): Tensor[] {
  const rank = Math.max(...operands.map(({ tensor, batched }) => tensor.rank - Number(batched)));
  return operands.map(({ tensor, batched }) => {
    const missing = rank + 1 - tensor.rank;
    if (!batched || missing === 0) return tensor;
    return reshape(tensor, tensor.shape.toSpliced(1, 0, ...new Array<number>(missing).fill(1)));
  });
}
