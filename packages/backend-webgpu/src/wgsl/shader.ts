/**
 * The text of compute shaders. There is one workgroup dimension, and loops stride over the grid, so that any number of
 * workgroups computes any size.
 */

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
