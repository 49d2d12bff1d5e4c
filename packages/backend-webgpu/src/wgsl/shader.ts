/**
 * A compute shader as its parts, and its text. One workgroup dimension and one output: loops in the body stride over the grid,
 * so that any number of workgroups computes any size.
 *
 * The body reads inputs `x0`, `x1`, …, writes `y`, and sees the parameters by name (each a u32 that is the same for all
 * invocations), `lane` (its number in the workgroup), `group` and `groups` (the workgroup's number and their count).
 */
import type { Element } from "./element.ts";
import { type FunctionName, functionsFor } from "./functions.ts";

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
  readonly body: string;
}

/** The WGSL of a shader. Bindings of group 0: the inputs in order, the output, the parameters if there are any. */
export function shaderText({ inputs, output, parameters, functions, shared = [], invocations, body }: Shader): string {
  const bindings = inputs.map((element, i) => `@group(0) @binding(${i}) var<storage, read> x${i}: array<${element}>;`);
  bindings.push(`@group(0) @binding(${inputs.length}) var<storage, read_write> y: array<${output}>;`);
  if (parameters.length > 0) {
    const vectors = Math.ceil(parameters.length / 4);
    bindings.push(`@group(0) @binding(${inputs.length + 1}) var<uniform> parameters: array<vec4<u32>, ${vectors}>;`);
  }
  const named = parameters.map((name, i) => `let ${name} = parameters[${i >> 2}].${"xyzw"[i & 3]};`);
  return `${[
    ...bindings,
    ...shared.map((declaration) => `var<workgroup> ${declaration};`),
    ...functionsFor(functions),
    `@compute @workgroup_size(${invocations})`,
    "fn main(",
    "  @builtin(local_invocation_index) lane: u32,",
    "  @builtin(workgroup_id) place: vec3<u32>,",
    "  @builtin(num_workgroups) extent: vec3<u32>,",
    ") {",
    ...indent(["let group = place.x;", "let groups = extent.x;", ...named, ...lines(body)]),
    "}",
  ].join("\n")}\n`;
}

/** One iteration per number below `count`, spread over all invocations. */
export function forEach(variable: string, count: string, invocations: number, body: readonly string[]): string {
  return [
    `for (var ${variable} = group * ${invocations}u + lane; ${variable} < ${count}; ${variable} += groups * ${invocations}u) {`,
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
