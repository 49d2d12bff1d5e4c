/** Runs single steps of Programs on a device: one buffer holds all values, and each kernel is called with constants as places. */
import type { MemoryValue, PlainStep, Storage } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core";
import { bufferUsage, computeStage, type Device, mapForReading } from "../src/device/gpu.ts";
import { type Division, functionText, type StepKernel } from "../src/program/kernel.ts";
import { kernelsOf } from "../src/program/kernels.ts";
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
};

export const divisions = {
  "many workgroups": division,
  "one workgroup": { ...division, loop: 128, isAlone: true },
  software: { ...division, isSoftware: true },
} satisfies Record<string, Division>;

/** The kernels as one shader that calls them in turn, for a single workgroup where there are several. */
export function stepShader(kernels: readonly StepKernel[], places: Places): string {
  const calls = kernels.flatMap(({ values }, n) => {
    const bases = values.map((value) => `${baseOf(value, places)}u`);
    return [`  step${n}(${["lane", "place.x", "extent.x", ...bases].join(", ")});`, "  storageBarrier();"];
  });
  const shared = kernels.flatMap(({ shared = {} }, n) =>
    Object.entries(shared).map(([name, type]) => `var<workgroup> step${n}_${name}: ${type};`),
  );
  const functions = kernels.map((kernel, n) =>
    functionText(`step${n}`, kernel, { bindings: kernel.values.map(() => 0), inFours: false }),
  );
  return [
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

/** What the words are after the step. */
export async function runStep(device: Device, step: PlainStep, run: StepRun): Promise<Uint32Array> {
  const kernels = kernelsOf(step, run.division);
  if (run.division.isAlone) return dispatch(device, [{ text: stepShader(kernels, run.places), groups: 1 }], run.words);
  const dispatches = kernels.map((kernel) => ({ text: stepShader([kernel], run.places), groups: kernel.groups }));
  return dispatch(device, dispatches, run.words);
}

async function dispatch(
  device: Device,
  dispatches: readonly { text: string; groups: number }[],
  words: Uint32Array<ArrayBuffer>,
): Promise<Uint32Array> {
  const { storage, copySource, copyDestination, mapRead } = bufferUsage;
  const size = words.byteLength;
  device.pushErrorScope("validation");
  const buffer = device.createBuffer({ size, usage: storage | copySource | copyDestination });
  const staging = device.createBuffer({ size, usage: mapRead | copyDestination });
  device.queue.writeBuffer(buffer, 0, words);
  const layout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: computeStage, buffer: { type: "storage" } }],
  });
  const bindGroup = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { text, groups } of dispatches) {
    const module = device.createShaderModule({ code: text });
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
  const result = new Uint32Array(staging.getMappedRange().slice(0));
  buffer.destroy();
  staging.destroy();
  return result;
}
