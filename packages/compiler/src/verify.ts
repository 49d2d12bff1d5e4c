/**
 * Checks that a Program is well formed: every value is defined once and before it is read, types are those of the ops' type
 * rules, and bodies of regions are closed and take the inputs that their region passes. Tests check it after every pass.
 */
import { checkpointOp, condOp, type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import {
  formatShape,
  isRegion,
  type Program,
  type ProgramNode,
  sameShape,
  type TensorType,
  type Variable,
} from "@tapegrad/core";
import { namedBodies } from "@tapegrad/core/internal";

/** What is wrong with the Program, one line each; empty if nothing is. */
export function verify(program: Program): readonly string[] {
  return problemsIn(program, "program");
}

function problemsIn({ inputs, nodes, outputs }: Program, where: string): string[] {
  const problems: string[] = [];
  const defined = new Map<number, Variable>();
  const define = (variable: Variable, by: string) => {
    if (defined.has(variable.id)) problems.push(`${by} defines a value that is there already`);
    defined.set(variable.id, variable);
  };
  const read = (variable: Variable, by: string) => {
    const value = defined.get(variable.id);
    if (value === undefined) problems.push(`${by} reads a value that nothing before it defines`);
    else if (!isSameType(value, variable)) problems.push(`${by} reads ${textOf(value)} as ${textOf(variable)}`);
  };
  for (const input of inputs) define(input, `${where}: an input`);
  for (const [i, node] of nodes.entries()) {
    const by = `${where}: node ${i}, ${node.op.name},`;
    for (const operand of node.inputs) read(operand, by);
    problems.push(...problemsOf(node, by));
    for (const result of node.outputs) define(result, by);
  }
  for (const output of outputs) read(output, `${where}: an output`);
  return problems;
}

/** What is wrong with one node: its results' types, and its bodies. */
function problemsOf(node: ProgramNode, by: string): string[] {
  const { op, attributes, inputs, outputs } = node;
  const types = isRegion(op) ? op.types(inputs, attributes) : [op.type(inputs, attributes)];
  return [
    ...differences(types, outputs, `${by} results`),
    ...namedBodies(node).flatMap(([name, body]) => [
      ...problemsIn(body, `${by} ${name}`),
      ...differences(typesOfBody(node) ?? body.inputs, body.inputs, `${by} inputs of ${name}`),
    ]),
  ];
}

/** What a body must take; undefined where the region's own rules decide. */
function typesOfBody({ op, attributes, inputs }: ProgramNode): readonly TensorType[] | undefined {
  if (op === checkpointOp) return inputs;
  if (op === condOp) return inputs.slice(1);
  if (op !== scanOp) return undefined;
  const { carries, elements } = attributes as ScanAttributes; // By the record's identity.
  const isElement = (i: number) => i >= carries && i < carries + elements;
  return inputs.map(({ shape, dtype }, i) => ({ shape: isElement(i) ? shape.slice(1) : shape, dtype }));
}

function differences(expected: readonly TensorType[], found: readonly TensorType[], what: string): string[] {
  const texts = [expected, found].map((types) => types.map(textOf).join(", "));
  return texts[0] === texts[1] ? [] : [`${what} are ${texts[1]} instead of ${texts[0]}`];
}

function isSameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

function textOf({ dtype, shape }: TensorType): string {
  return `${dtype} ${formatShape(shape)}`;
}
