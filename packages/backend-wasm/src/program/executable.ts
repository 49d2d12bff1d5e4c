/** An executable Program: its module, instantiated on the backend's memory, and the copies of inputs and results. */

import { type CpuKernel, type HostBackend, kernelTable } from "@tapegrad/backend-cpu";
import {
  costOf,
  type HostStep,
  LoopReport,
  type MemoryValue,
  planReport,
  plan as planSteps,
  type StepPass,
  type Target,
  withEpilogues,
} from "@tapegrad/compiler";
import {
  bytesPerElement,
  type CostReport,
  type Executable,
  type Program,
  type Residents,
  sizeOf,
  type Tensor,
  type TensorType,
  UnsupportedError,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { mathImportObject } from "../math/lane-calls.ts";
import type { Arena } from "../memory/arena.ts";
import type { LinearMemory } from "../memory/linear-memory.ts";
import type { RepeatedInputs } from "../memory/repeated-inputs.ts";
import { Resident, residentOf, tensorAt } from "../memory/resident.ts";
import { arrayAt } from "../memory/typed-view.ts";
import type { ThreadPool } from "../threads/thread-pool.ts";
import { generate, staticAddress } from "./generate.ts";
import { epilogueFilter } from "./generate-matmul.ts";
import { instantiate } from "./instantiate.ts";
import { sumByRounds } from "./sum-by-rounds.ts";
import { target } from "./target.ts";

/** What a Program needs of its backend. */
export interface Platform {
  readonly backend: HostBackend;
  readonly memory: LinearMemory;
  readonly arena: Arena;
  readonly repeated: RepeatedInputs;
  readonly fma: boolean;
  /** If the memory is shared: those who do, and the pages that it can grow to. */
  readonly sharing?: { readonly pool: ThreadPool; readonly maximum: number } | undefined;
}

function targetOf({ fma, sharing }: Platform): Target {
  const epilogues: StepPass = (plan) => {
    // Threads divide products and loops, each in its own way.
    if (sharing?.pool.partition(plan.steps, fma) !== undefined) return plan;
    return { ...plan, steps: withEpilogues(plan.steps, plan.outputs, epilogueFilter(fma)) };
  };
  return { ...target, stepPasses: [sumByRounds, epilogues] };
}

/** @throws UnsupportedError for what cannot be compiled. */
export function compileProgram(program: Program, platform: Platform, residents?: Residents): Executable {
  const { memory, arena, backend, repeated, fma, sharing } = platform;
  const own = targetOf(platform);
  const loops = new LoopReport();
  const plan = planSteps(program, own, loops.observe);
  const isStaying = (list: readonly boolean[] | undefined, i: number) => list?.[i] === true;
  const inputs = plan.inputs.map((value, i) => ({ value, stays: isStaying(residents?.inputs, i) }));
  const outputs = plan.outputs.map((value, i) => {
    const stays = isStaying(residents?.outputs, i);
    return { value, stays, isInPlace: stays && isOwnStorage(value, i, plan) };
  });
  const storagesOf = (values: readonly { readonly value: MemoryValue }[]) =>
    values.map(({ value }) => value.address.storage);
  const inPlace = outputs.filter(({ isInPlace }) => isInPlace);
  const storages = storagesOf([...inputs, ...inPlace]);
  const generated = generate(plan, {
    fma,
    start: 64 * Math.ceil(storages.length / 16),
    pointers: storages,
    elsewhere: new Set(storagesOf([...inputs.filter(({ stays }) => stays), ...inPlace])),
    pool: sharing?.pool,
    sharedPages: sharing?.maximum,
  });
  const { plan: places, hostSteps } = generated;
  arena.reserve(places.end + 64);
  const { module, exported } = instantiate(generated.bytes, {
    ...mathImportObject,
    env: {
      memory: memory.memory,
      host: (index: number, ...addresses: number[]) =>
        runHostStep(memory.memory, defined(hostSteps[index], "host step"), addresses),
    },
  });
  const main = exported("main");
  /** Where an input or output lies, in the arena or behind one of `pointers`. */
  const viewOf = (value: MemoryValue, pointers: readonly number[]) => {
    const pointer = pointers[storages.indexOf(value.address.storage)];
    const address =
      pointer === undefined
        ? arena.address + staticAddress(places, value)
        : pointer + value.address.offset * bytesPerElement(value.dtype);
    return arrayAt(memory.memory, address, value);
  };
  const call = callOf(module, (address, thread) => main(address, thread), generated.threads, sharing?.pool);

  const run = (tensors: readonly Tensor[], made: readonly (Resident | undefined)[]): readonly Tensor[] => {
    const buffers = tensors.map((tensor) => backend.bufferOf(tensor));
    const near = buffers.map((buffer, i) =>
      inputs[i]?.stays === true
        ? residentOf(memory, buffer, defined(tensors[i], "input"))
        : repeated.find(buffer, defined(tensors[i], "input")),
    );
    const pointers = inputs.map(({ value }, i) => near[i]?.address ?? arena.address + staticAddress(places, value));
    for (const [i, { isInPlace }] of outputs.entries())
      if (isInPlace) pointers.push(defined(made[i], "result").address);
    // From here on the memory does not grow.
    new Int32Array(memory.memory.buffer, arena.address, pointers.length).set(pointers);
    for (const [i, { value }] of inputs.entries())
      if (near[i] === undefined) viewOf(value, pointers).set(defined(buffers[i], "buffer").data);
    call(arena.address);
    return outputs.map(({ value, isInPlace }, i) => {
      const type = defined(program.outputs[i], "output");
      const resident = made[i];
      if (resident === undefined) return backend.tensorOf(type, viewOf(value, pointers).slice());
      if (!isInPlace) resident.write(viewOf(value, pointers));
      return tensorAt(backend, resident, type);
    });
  };

  const execute = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const made: (Resident | undefined)[] = [];
    try {
      for (const { value, stays } of outputs) made.push(stays ? new Resident(memory, value) : undefined);
      return run(tensors, made);
    } catch (error) {
      for (const resident of made) resident?.free();
      throw error;
    } finally {
      repeated.trim();
    }
  };
  const report = (): CostReport => {
    const bytesOf = (values: readonly { readonly value: MemoryValue }[]) =>
      values.reduce((sum, { value }) => sum + sizeOf(value.shape) * bytesPerElement(value.dtype), 0);
    const kept = bytesOf(inputs.filter(({ stays }) => stays)) + bytesOf(outputs.filter(({ stays }) => stays));
    return { ...costOf(plan.steps), arena: places.end, residents: kept, leftLoops: loops.lines() };
  };
  return Object.assign(execute, { report, plan: () => planReport(program, own) });
}

/** How `main` is called: in this thread, or in all threads of a pool. */
function callOf(
  module: WebAssembly.Module,
  main: (arena: number, thread: number) => unknown,
  threads: number,
  pool: ThreadPool | undefined,
) {
  if (pool === undefined || threads === 1) return (arena: number) => main(arena, 0);
  const loaded = pool.load(module, threads);
  return (arena: number) => pool.run(loaded, arena, main);
}

/** Whether the output is all that lies in its storage, which no input and no other output shares. */
function isOwnStorage(
  { address, shape }: MemoryValue,
  index: number,
  plan: { readonly inputs: readonly MemoryValue[]; readonly outputs: readonly MemoryValue[] },
): boolean {
  const isThere = (value: MemoryValue) => value.address.storage === address.storage;
  const others = plan.outputs.filter((_, i) => i !== index);
  return address.storage.elements === sizeOf(shape) && ![...plan.inputs, ...others].some(isThere);
}

const kernels = new Map<string, CpuKernel>(Object.entries(kernelTable));

function runHostStep(
  memory: WebAssembly.Memory,
  { op, operands, attributes, to }: HostStep,
  addresses: readonly number[],
): void {
  const at = (i: number, type: TensorType) => arrayAt(memory, defined(addresses[i], "address"), type);
  const given = operands.map(({ shape, dtype }, i) => ({ shape, dtype, data: at(i, { shape, dtype }) }));
  const output = at(operands.length, to);
  if (op.host !== undefined) {
    op.host(given, attributes, { ...to, data: output });
    return;
  }
  const kernel = kernels.get(op.name);
  if (kernel === undefined)
    throw new UnsupportedError(op.name, "the wasm backend has no kernel for it", "use another backend");
  output.set(kernel(given, attributes, to));
}
