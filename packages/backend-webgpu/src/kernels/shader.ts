/** Shaders of Programs: one kernel per dispatch, or a whole loop run by a single workgroup. */
import { type BufferUse, declarationsOf, pageFunctionsOf } from "../wgsl/buffer.ts";
import { functionsFor } from "../wgsl/functions.ts";
import { mainText } from "../wgsl/shader.ts";
import { bodyOf, functionOf, functionText, type StepKernel } from "./kernel.ts";
import { literal, type Parameters } from "./sizes.ts";

export interface ProgramShader {
  /** The buffers that it binds, in order. */
  readonly uses: readonly BufferUse[];
  /** Words of the uniform block: where its values begin. */
  readonly words: number;
  readonly text: string;
}

/** A shader that is the same for other sizes. */
export interface SizedShader extends ProgramShader {
  /** Words of the uniform block behind the places. */
  readonly sizes: readonly number[];
}

/** A kernel runs only if the bool at a place is what it should be. */
export interface Guard {
  readonly binding: number;
  readonly whenTrue: boolean;
}

/** One kernel. The uniform block has the places of its values, then those of its guards, in elements or vectors. */
export function kernelShader(
  kernel: StepKernel,
  bindings: readonly number[],
  uses: readonly BufferUse[],
  guards: readonly Guard[],
): ProgramShader {
  const isInFours = inFours(kernel, uses);
  const words = kernel.values.length + guards.length;
  const bases = kernel.values.map((_, k) => word(k));
  const call = `step0(${["lane", "place.x", "extent.x", ...bases].join(", ")});`;
  const tests = guards.map(({ binding, whenTrue }, g) => {
    const at = word(kernel.values.length + g);
    return `((buffer${binding}${isInFours ? `[${at} / 4u][${at} % 4u]` : `[${at}]`} != 0u) == ${whenTrue})`;
  });
  const guarded = [
    // What a workgroup does must be the same for all its invocations, and the compiler must see that it is.
    `if (lane == 0u) { taken = select(0u, 1u, ${tests.join(" & ")}); }`,
    `if (workgroupUniformLoad(&taken) != 0u) { ${call} }`,
  ];
  const text = moduleText({
    uses,
    words,
    inFours: isInFours,
    kernels: [kernel],
    declarations: [
      ...sharedText("step0_", kernel),
      ...(guards.length === 0 ? [] : ["var<workgroup> taken: u32;"]),
      ...functionsFor(kernel.functions),
      functionText("step0", kernel, { bindings, inFours: isInFours, uses }),
    ],
    invocations: kernel.invocations,
    body: guards.length === 0 ? [call] : guarded,
  });
  return { uses, words, text };
}

/** One kernel, whose numbers are parameters. Of several pages, elements are read one by one. */
export function sizedShader(
  kernel: StepKernel,
  bindings: readonly number[],
  uses: readonly BufferUse[],
  parameters: Parameters,
): SizedShader {
  const isInFours = inFours(kernel, uses);
  const body = bodyOf("step0", kernel, { bindings, inFours: isInFours, uses });
  const { text: numbered, values: sizes } = parameters.number(body);
  const declared = sizes.map((_, n) => `let size${n} = ${word(kernel.values.length + n)};`);
  const words = kernel.values.length + sizes.length;
  const text = moduleText({
    uses,
    words,
    inFours: isInFours,
    kernels: [kernel],
    declarations: [
      ...sharedText("step0_", kernel),
      ...functionsFor(kernel.functions),
      functionOf("step0", kernel, [...declared, ...numbered]),
    ],
    invocations: kernel.invocations,
    body: [`step0(${["lane", "place.x", "extent.x", ...kernel.values.map((_, k) => word(k))].join(", ")});`],
  });
  return { uses, words, text, sizes };
}

/** Whether the kernel reads and writes vectors of these buffers. */
export function inFours(kernel: StepKernel, uses: readonly BufferUse[]): boolean {
  return kernel.inFours === true && uses.every(({ pages = 1 }) => pages === 1);
}

/** What a loop's shader knows of a kernel in it. */
export interface LoopPart {
  readonly kernel: StepKernel;
  readonly bindings: readonly number[];
  /** By value, elements from one round to the next. */
  readonly strides: readonly number[];
}

/** All rounds of a loop, in which a single workgroup runs all kernels one after the other. */
export function loopShader(
  parts: readonly LoopPart[],
  uses: readonly BufferUse[],
  { length, reverse }: { readonly length: number; readonly reverse: boolean },
): ProgramShader {
  let words = 0;
  const calls = parts.flatMap(({ kernel, strides }, s) => {
    const bases = kernel.values.map((_, k) =>
      strides[k] === 0 ? word(words++) : `${word(words++)} + t * ${literal(strides[k] ?? 0)}`,
    );
    return [`step${s}(${["lane", "0u", "1u", ...bases].join(", ")});`, "storageBarrier();", "workgroupBarrier();"];
  });
  const text = moduleText({
    uses,
    words,
    inFours: false,
    kernels: parts.map(({ kernel }) => kernel),
    declarations: [
      ...parts.flatMap(({ kernel }, s) => sharedText(`step${s}_`, kernel)),
      ...functionsFor(parts.flatMap(({ kernel }) => kernel.functions)),
      ...parts.map(({ kernel, bindings }, s) => functionText(`step${s}`, kernel, { bindings, inFours: false, uses })),
    ],
    invocations: parts[0]?.kernel.invocations ?? 1,
    body: [
      `for (var round = 0u; round < ${length}u; round++) {`,
      `  let t = ${reverse ? `${length - 1}u - round` : "round"};`,
      ...calls.map((line) => `  ${line}`),
      "}",
    ],
  });
  return { uses, words, text };
}

function word(index: number): string {
  return `places[${index >> 2}].${"xyzw"[index & 3]}`;
}

function sharedText(prefix: string, { shared = {} }: StepKernel): string[] {
  return Object.entries(shared).map(([name, type]) => `var<workgroup> ${prefix}${name}: ${type};`);
}

interface ModuleParts {
  readonly uses: readonly BufferUse[];
  readonly words: number;
  readonly inFours: boolean;
  readonly kernels: readonly StepKernel[];
  readonly declarations: readonly string[];
  readonly invocations: number;
  readonly body: readonly string[];
}

function moduleText({ uses, words, inFours, kernels, declarations, invocations, body }: ModuleParts): string {
  const buffers = uses.flatMap((use, number) => {
    const element = use.isHalf ? "f16" : "u32";
    return declarationsOf(`buffer${number}`, use, inFours ? `vec4<${element}>` : element);
  });
  const places = `var<uniform> places: array<vec4<u32>, ${Math.max(1, Math.ceil(words / 4))}>;`;
  const hasHalves = uses.some(({ isHalf }) => isHalf) || kernels.some(({ inHalves }) => inHalves === true);
  return `${[
    ...(kernels.some(({ subgroups }) => subgroups === true) ? ["enable subgroups;"] : []),
    ...(hasHalves ? ["enable f16;"] : []),
    ...[...buffers, places].map((declaration, binding) => `@group(0) @binding(${binding}) ${declaration}`),
    ...uses.flatMap((use, number) => pageFunctionsOf(`buffer${number}`, use)),
    ...declarations,
    ...mainText(invocations, body),
  ].join("\n")}\n`;
}
