/** A Program as something to call: its kernels compiled, their places written down once, and all dispatches in one submit. */
import {
  costOf,
  LeftLoops,
  type LoopCounter,
  type MemoryValue,
  planReport,
  plan as planSteps,
  type Target,
  withEpilogues,
} from "@tapegrad/compiler";
import type { CostReport, Executable, Program, Tensor } from "@tapegrad/core";
import { BoundedCache, defined, internal } from "@tapegrad/core/internal";
import type { Commands } from "../device/commands.ts";
import type { ComputePass } from "../device/gpu.ts";
import type { Block, Memory } from "../device/memory.ts";
import type { Pipeline, Pipelines } from "../device/pipelines.ts";
import type { BufferUse } from "../wgsl/buffer.ts";
import { bytesPerElement } from "../wgsl/element.ts";
import type { Arena } from "./arena.ts";
import { findHomes, type Homes, type Limits } from "./homes.ts";
import type { Division } from "./kernel.ts";
import { type Launch, Launches, valuesOfLaunch, type Work } from "./launches.ts";
import { kernelShader, loopShader, type ProgramShader } from "./shader.ts";
import { splitReductions } from "./split-reductions.ts";
import { target } from "./target.ts";

/** What a Program needs of its backend. */
export interface Platform {
  readonly commands: Commands;
  readonly pipelines: Pipelines;
  /** Of words, and of float16 elements. */
  readonly arena: Arena;
  readonly halves: Arena;
  readonly division: Division;
  readonly limits: Limits & {
    /** Workgroup memory. */
    readonly sharedBytes: number;
    readonly groups: number;
    /** Bytes between uniform blocks. */
    readonly uniformAlignment: number;
  };
  memoryOf(tensor: Tensor): Memory;
  /** Runs `fill` on memory for results of these types, which become tensors unless it throws. */
  make(types: Program["outputs"], fill: (memories: readonly Memory[]) => void): readonly Tensor[];
}

/** A launch with its pipeline, and the numbers of the buffers that it binds. */
interface Prepared {
  readonly launch: Launch;
  readonly shader: ProgramShader;
  readonly pipeline: Pipeline;
  readonly buffers: readonly number[];
}

/** A launch in some round of the loops around. */
interface Dispatch {
  readonly prepared: Prepared;
  /** Of its uniform block. */
  readonly offset: number;
  readonly groups: number;
}

function targetOf({ division }: Platform): Target {
  return {
    ...target,
    stepPasses: [
      (plan) => ({ ...plan, steps: splitReductions(plan.steps) }),
      // Where reading memory costs no more than a dispatch, code for every element of a block is not worth its length.
      (plan) => (division.isSoftware ? plan : { ...plan, steps: withEpilogues(plan.steps, plan.outputs) }),
    ],
  };
}

/** @throws UnsupportedError for what cannot be compiled. */
export function compileProgram(program: Program, platform: Platform): Executable {
  const own = targetOf(platform);
  const loops = new LeftLoops();
  const plan = planSteps(program, own, loops.observe);
  const launches = new Launches(platform.division, platform.limits.sharedBytes);
  const homes = findHomes(plan, (steps) => launches.of(steps), platform.limits);
  const { dispatches, words } = new Recorder(homes, platform).record();
  const places = platform.commands.uniforms(words, dispatches); // `execute` holds both.
  const compilations = [...new Set(dispatches.map(({ prepared }) => prepared.pipeline.compilation)), places.creation];
  const groups = new BoundedCache<string, object>(keptGroups);

  const encode = (pass: ComputePass, blocks: readonly Block[]) => {
    const bound = new Map<Prepared, object>();
    let pipeline: object | undefined;
    for (const { prepared, offset, groups: workgroups } of dispatches) {
      const group = bound.get(prepared) ?? bind(prepared, blocks);
      bound.set(prepared, group);
      if (pipeline !== prepared.pipeline.pipeline) pass.setPipeline(prepared.pipeline.pipeline);
      pipeline = prepared.pipeline.pipeline;
      pass.setBindGroup(0, group, [offset]);
      pass.dispatchWorkgroups(workgroups);
    }
  };
  const bind = ({ pipeline, buffers, shader }: Prepared, blocks: readonly Block[]) => {
    const own = buffers.map((buffer) => defined(blocks[buffer], "buffer"));
    const size = uniformBytes(shader);
    const key = `${pipeline.layout.id} ${size} ${own.map(({ id }) => id).join(" ")}`;
    return groups.get(key, () => platform.commands.bind(pipeline, own, [{ buffer: places.raw, offset: 0, size }]));
  };

  const execute = (tensors: readonly Tensor[]): readonly Tensor[] => {
    const inputs = tensors.map((tensor) => platform.memoryOf(tensor));
    return platform.make(program.outputs, (outputs) => {
      const blocks = [
        ...homes.regions.flatMap(({ bytes, isHalf }) =>
          (isHalf ? platform.halves : platform.arena).reserve(bytes, homes.segment),
        ),
        ...inputs.map(({ block }) => block),
        ...outputs.map(({ block }) => block),
      ];
      const op = "compile";
      platform.commands.record({ op, inputs, outputs, blocks, compilations, encode: (pass) => encode(pass, blocks) });
      platform.commands.flush();
    });
  };
  const report = (): CostReport => ({
    ...costOf(plan.steps),
    kernels: dispatches.length,
    arena: homes.regions.reduce((sum, { bytes }) => sum + bytes, 0),
    residents: 0,
    leftLoops: loops.lines(),
  });
  return Object.assign(execute, { report, plan: () => planReport(program, own) });
}

/** Bind groups kept per Program: parameters and their successors take turns in few buffers. */
const keptGroups = 256;

function uniformBytes({ words }: ProgramShader): number {
  return 16 * Math.max(1, Math.ceil(words / 4));
}

/** Goes through all rounds once, when the Program is compiled. */
class Recorder {
  readonly #homes: Homes;
  readonly #platform: Platform;
  readonly #prepared = new Map<Launch, Prepared>();
  readonly #dispatches: Dispatch[] = [];
  readonly #words: number[] = [];
  readonly #counters = new Map<LoopCounter, number>();
  /** Where equal blocks of words lie. */
  readonly #blocks = new Map<string, number>();

  constructor(homes: Homes, platform: Platform) {
    this.#homes = homes;
    this.#platform = platform;
  }

  record(): { dispatches: readonly Dispatch[]; words: Uint32Array<ArrayBuffer> } {
    this.#visit(this.#homes.work);
    return { dispatches: this.#dispatches, words: Uint32Array.from(this.#words) };
  }

  #visit(work: readonly Work[]): void {
    for (const each of work) {
      if (each.kind === "launch") this.#launch(each);
      else {
        const { counter, length, reverse, body } = each;
        for (let round = 0; round < length; round++) {
          this.#counters.set(counter, reverse ? length - 1 - round : round);
          this.#visit(body);
        }
        this.#counters.delete(counter);
      }
    }
  }

  #launch(launch: Launch): void {
    const prepared = this.#prepared.get(launch) ?? this.#prepare(launch);
    this.#prepared.set(launch, prepared);
    const isInFours = launch.loop === undefined && launch.kernels[0]?.inFours === true;
    const tests = new Set(launch.conditions.map(({ test }) => test));
    const words = valuesOfLaunch(launch).map((value) => {
      const place = this.#placeOf(value, launch.loop?.counter);
      return isInFours && !tests.has(value) ? place / 4 : place;
    });
    const groups = launch.loop === undefined ? (launch.kernels[0]?.groups ?? 1) : 1;
    this.#dispatches.push({
      prepared,
      offset: this.#block(words, uniformBytes(prepared.shader)),
      groups: Math.min(groups, this.#platform.limits.groups),
    });
  }

  /** Elements from the beginning of the value's buffer; a loop that runs on the device adds its own counter's share. */
  #placeOf({ address: { storage, offset, terms } }: MemoryValue, own: LoopCounter | undefined): number {
    const moved = terms
      .filter(({ counter }) => counter !== own)
      .reduce((sum, { counter, elements }) => sum + elements * defined(this.#counters.get(counter), "counter"), 0);
    return this.#homes.homeOf(storage).base + offset + moved;
  }

  #block(words: readonly number[], bytes: number): number {
    const text = words.join(" ");
    const known = this.#blocks.get(text);
    if (known !== undefined) return known;
    const alignment = this.#platform.limits.uniformAlignment / bytesPerElement;
    const at = Math.ceil(this.#words.length / alignment) * alignment;
    while (this.#words.length < at) this.#words.push(0);
    this.#words.push(...words);
    while (this.#words.length < at + bytes / bytesPerElement) this.#words.push(0);
    this.#blocks.set(text, at * bytesPerElement);
    return at * bytesPerElement;
  }

  #prepare(launch: Launch): Prepared {
    const homeOf = ({ address }: MemoryValue) => this.#homes.homeOf(address.storage).buffer;
    const buffers = [...new Set(valuesOfLaunch(launch).map(homeOf))].sort((a, b) => a - b);
    const { regions, inputs } = this.#homes;
    const kinds = regions.flatMap(({ isHalf, segments }) => new Array<boolean>(segments).fill(isHalf));
    const isInput = (buffer: number) => buffer >= kinds.length && buffer < kinds.length + inputs;
    const uses = buffers.map(
      (buffer): BufferUse => ({ access: isInput(buffer) ? "read" : "read_write", isHalf: kinds[buffer] === true }),
    );
    const bindingOf = (value: MemoryValue) => buffers.indexOf(homeOf(value));
    const shader = this.#shaderOf(launch, uses, bindingOf);
    const [first] = launch.kernels;
    const label = launch.loop === undefined ? (first?.label ?? "nothing") : `loop of ${launch.kernels.length} kernels`;
    const pipeline = this.#platform.pipelines.get(label, shader);
    return { launch, shader, pipeline, buffers };
  }

  #shaderOf(
    { kernels, conditions, loop }: Launch,
    uses: readonly BufferUse[],
    bindingOf: (value: MemoryValue) => number,
  ): ProgramShader {
    if (loop !== undefined) {
      const strideOf = ({ address: { terms } }: MemoryValue) =>
        terms.filter(({ counter }) => counter === loop.counter).reduce((sum, { elements }) => sum + elements, 0);
      const parts = kernels.map((kernel) => ({
        kernel,
        bindings: kernel.values.map(bindingOf),
        strides: kernel.values.map(strideOf),
      }));
      return loopShader(parts, uses, loop);
    }
    const [kernel] = kernels;
    if (kernel === undefined) throw internal("a launch without kernels");
    const guards = conditions.map(({ test, whenTrue }) => ({ binding: bindingOf(test), whenTrue }));
    return kernelShader(kernel, kernel.values.map(bindingOf), uses, guards);
  }
}
