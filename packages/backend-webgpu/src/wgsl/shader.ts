/**
 * A compute shader as its parts, and its text. One workgroup dimension and one output: loops in the body stride over the grid,
 * so that any number of workgroups computes any size.
 *
 * The body sees the parameters by name (each a u32 that is the same for all invocations), `lane` (its number in the workgroup),
 * `group` and `groups` (the workgroup's number and their count).
 */
import { defined } from "@tapegrad/core/internal";
import type { Element } from "./element.ts";
import { type FunctionName, functionsFor } from "./functions.ts";
import { declarationsOf, type Extent, functionsOf, loadFrom, missedFlag, type Operand, storeTo } from "./pages.ts";

export interface Shader {
  readonly inputs: readonly Element[];
  readonly output: Element;
  readonly parameters: readonly string[];
  /** Library functions that the body calls; what they call comes along. */
  readonly functions: readonly FunctionName[];
  /** Declarations in workgroup memory. */
  readonly shared?: readonly string[];
  /** Invocations per workgroup. */
  readonly invocations: number;
  readonly body: (elements: Elements) => string;
}

/** What a body reads and writes, as WGSL; `index` is a u32. */
export interface Elements {
  /** An element of an input. */
  load(input: number, index: string): string;
  /** An element of the output, where the kernel changes it in place. */
  reload(index: string): string;
  /** The statement that writes an element of the output. */
  store(index: string, value: string): string;
  /**
   * One iteration per element of the output, of which there are `count`, or of input `operand`, spread over all invocations. An
   * element that is in no page that is bound is not visited.
   */
  each(variable: string, count: string, invocations: number, body: readonly string[], operand?: number): string;
}

/** What a shader binds of its operands, the inputs in order and then the output, in pages of `length` elements. */
export interface Paging {
  readonly extents: readonly Extent[];
  readonly length: number;
}

const whole: Extent = { pages: 1, isPartial: false };

/**
 * The WGSL of a shader. Bindings of group 0: the pages of the inputs in order, those of the output, the parameters if there are
 * any. Behind the shader's own parameters come, for each operand that is partial, the number of the first page that is bound.
 */
export function shaderText(shader: Shader, { extents, length }: Paging = { extents: [], length: 0 }): string {
  const { parameters, shared = [], invocations } = shader;
  const partial = [...shader.inputs, shader.output].flatMap((_, k) => (extents[k]?.isPartial === true ? [k] : []));
  const operandOf = (name: string, element: Element, access: Operand["access"], k: number): Operand => {
    const operand = { ...(extents[k] ?? whole), name, element, access };
    return operand.isPartial ? { ...operand, first: parameterAt(parameters.length + partial.indexOf(k)) } : operand;
  };
  const inputs = shader.inputs.map((element, k) => operandOf(`x${k}`, element, "read", k));
  const output = operandOf("y", shader.output, "read_write", inputs.length);
  const operands = [...inputs, output];
  const mayMiss = partial.some((k) => k < inputs.length);
  const elements: Elements = {
    load: (input, index) => loadFrom(defined(inputs[input], "input"), index),
    reload: (index) => loadFrom(output, index),
    store: (index, value) => storeTo(output, mayMiss, index, value),
    each: (variable, count, invocations, body, operand = inputs.length) => {
      const { first, pages } = defined(operands[operand], "operand");
      if (first === undefined) return forEach(variable, count, invocations, body);
      return [
        `let begin = ${first} * ${length}u;`,
        `let end = begin + min(${count} - begin, ${pages * length}u);`,
        forEach(variable, "end", invocations, body, "begin + "),
      ].join("\n");
    },
  };
  const words = parameters.length + partial.length;
  const uniform = `var<uniform> parameters: array<vec4<u32>, ${Math.ceil(words / 4)}>;`;
  const bindings = [...operands.flatMap(declarationsOf), ...(words > 0 ? [uniform] : [])];
  return `${[
    ...bindings.map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`),
    ...shared.map((declaration) => `var<workgroup> ${declaration};`),
    ...(partial.length > 0 ? [missedFlag] : []),
    ...operands.flatMap((operand) => functionsOf(operand, mayMiss, length)),
    ...functionsFor(shader.functions),
    ...mainText(invocations, [
      "let group = place.x;",
      "let groups = extent.x;",
      ...parameters.map((name, i) => `let ${name} = ${parameterAt(i)};`),
      ...lines(shader.body(elements)),
    ]),
  ].join("\n")}\n`;
}

function parameterAt(index: number): string {
  return `parameters[${index >> 2}].${"xyzw"[index & 3]}`;
}

/** The entry point, whose body sees `lane`, `place` and `extent`: the invocation in its workgroup, the workgroup, their count. */
export function mainText(invocations: number, body: readonly string[]): string[] {
  return [
    `@compute @workgroup_size(${invocations})`,
    "fn main(",
    "  @builtin(local_invocation_index) lane: u32,",
    "  @builtin(workgroup_id) place: vec3<u32>,",
    "  @builtin(num_workgroups) extent: vec3<u32>,",
    ") {",
    ...indent(body),
    "}",
  ];
}

/** One iteration per number below `count`, spread over all invocations; the first ones begin at `start`, if there is one. */
export function forEach(
  variable: string,
  count: string,
  invocations: number,
  body: readonly string[],
  start = "",
): string {
  return [
    `for (var ${variable} = ${start}group * ${invocations}u + lane; ${variable} < ${count}; ${variable} += groups * ${invocations}u) {`,
    ...indent(body),
    "}",
  ].join("\n");
}

export function lines(text: string): string[] {
  return text.split("\n");
}

export function indent(text: readonly string[]): string[] {
  return text.flatMap(lines).map((line) => (line === "" ? line : `  ${line}`));
}
