/**
 * Runs single steps of Programs on a device: one buffer holds all values. Each kernel is called with places in its text, or as
 * Programs call it, with places in a uniform block, and by vectors of four where it can.
 */
import type { MemoryValue, PlainStep, Storage } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { bufferUsage, computeStage, type Device, mapForReading } from "../src/device/gpu.ts";
import { type Division, functionText, type StepKernel } from "../src/kernels/kernel.ts";
import { kernelsOf } from "../src/kernels/kernels.ts";
import { kernelShader } from "../src/kernels/shader.ts";
import { literals } from "../src/kernels/sizes.ts";
import { functionsFor } from "../src/wgsl/functions.ts";

/** Where each storage begins. */
export type Places = ReadonlyMap<Storage, number>;

const division: Division = {
  loop: 64,
  join: 128,
  tileSide: 16,
  isAlone: false,
  isSoftware: false,
  hasSubgroups: false,
  products: "f32",
  sizes: literals,
};

export const divisions = {
  "many workgroups": division,
  "one workgroup": { ...division, loop: 128, isAlone: true },
  software: { ...division, isSoftware: true },
} satisfies Record<string, Division>;

/** The kernels as one shader that calls them in turn, for a single workgroup where there are several. */
export function stepShader(kernels: readonly StepKernel[], places: Places): string {
  const calls = kernels.flatMap(({ values }, n) => {
    // Kernels rely on it that compilers do not know where values begin.
    const bases = values.map((value) => `${baseOf(value, places)}u + (lane >> 31u)`);
    return [`  step${n}(${["lane", "place.x", "extent.x", ...bases].join(", ")});`, "  storageBarrier();"];
  });
  const shared = kernels.flatMap(({ shared = {} }, n) =>
    Object.entries(shared).map(([name, type]) => `var<workgroup> step${n}_${name}: ${type};`),
  );
  const functions = kernels.map((kernel, n) =>
    functionText(`step${n}`, kernel, { bindings: kernel.values.map(() => 0), inFours: false, uses: [] }),
  );
  return [
    ...(kernels.some(({ subgroups }) => subgroups === true) ? ["enable subgroups;"] : []),
    "@group(0) @binding(0) var<storage, read_write> buffer0: array<u32>;",
    ...shared,
    ...functionsFor(kernels.flatMap(({ functions }) => functions)),
    ...functions,
    `@compute @workgroup_size(${kernels[0]?.invocations ?? 1})`,
    "fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) place: vec3<u32>,",
    "  @builtin(num_workgroups) extent: vec3<u32>) {",
    ...calls,
    "}",
  ].join("\n");
}

function baseOf({ address: { storage, offset } }: MemoryValue, places: Places): number {
  return defined(places.get(storage), "place") + offset;
}

export interface StepRun {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly places: Places;
  readonly division: Division;
}

/** What the words are after one workgroup has run the step, with places in its text. */
export async function runStep(
  device: Device,
  step: PlainStep,
  { places, words, division }: StepRun,
): Promise<Uint32Array> {
  return dispatch(device, [{ text: stepShader(kernelsOf(step, division), places), groups: 1 }], words);
}

/** The same by a dispatch for each kernel, in the way of Programs, with at most `most` workgroups. */
export async function runLikePrograms(
  device: Device,
  step: PlainStep,
  { division, places, words }: StepRun,
  most = Number.POSITIVE_INFINITY,
): Promise<Uint32Array> {
  const dispatches = kernelsOf(step, division).map((kernel): KernelDispatch => {
    const bindings = kernel.values.map(() => 0);
    const { text } = kernelShader(kernel, bindings, [{ access: "read_write", isHalf: false }], []);
    const width = kernel.inFours === true ? 4 : 1;
    const uniforms = Uint32Array.from(kernel.values, (value) => baseOf(value, places) / width);
    return { text, groups: Math.min(kernel.groups, most), uniforms };
  });
  return dispatch(device, dispatches, words);
}

interface KernelDispatch {
  readonly text: string;
  readonly groups: number;
  /** Of the uniform block, where the shader has one. */
  readonly uniforms?: Uint32Array<ArrayBuffer>;
}

async function dispatch(
  device: Device,
  dispatches: readonly KernelDispatch[],
  words: Uint32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  const { storage, copySource, copyDestination, mapRead, uniform } = bufferUsage;
  const size = Math.ceil(words.byteLength / 16) * 16;
  device.pushErrorScope("validation");
  const buffer = device.createBuffer({ size, usage: storage | copySource | copyDestination });
  const staging = device.createBuffer({ size, usage: mapRead | copyDestination });
  device.queue.writeBuffer(buffer, 0, words);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { text, groups, uniforms } of dispatches) {
    const module = device.createShaderModule({ code: text });
    const entries = [{ resource: { buffer }, use: { type: "storage" } }];
    if (uniforms !== undefined) {
      const places = device.createBuffer({
        size: Math.max(16, 16 * Math.ceil(uniforms.length / 4)),
        usage: uniform | copyDestination,
      });
      device.queue.writeBuffer(places, 0, uniforms);
      entries.push({ resource: { buffer: places }, use: { type: "uniform" } });
    }
    const layout = device.createBindGroupLayout({
      entries: entries.map(({ use }, binding) => ({ binding, visibility: computeStage, buffer: use })),
    });
    const bindGroup = device.createBindGroup({
      layout,
      entries: entries.map(({ resource }, binding) => ({ binding, resource })),
    });
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    pass.setPipeline(device.createComputePipeline({ layout: pipelineLayout, compute: { module, entryPoint: "main" } }));
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(groups);
  }
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  const problem = await device.popErrorScope();
  if (problem !== null) throw new Error(`${problem.message}\n${dispatches.map(({ text }) => text).join("\n")}`);
  await staging.mapAsync(mapForReading);
  const result = new Uint32Array(staging.getMappedRange().slice(0, words.byteLength));
  buffer.destroy();
  staging.destroy();
  return result;
}
