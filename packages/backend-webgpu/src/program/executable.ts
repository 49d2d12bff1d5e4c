/** An executable Program: its kernels compiled, the positions of its values written once, and all dispatches in one submit. */
import {
  costOf,
  type LoopCounter,
  LoopReport,
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
import type { Division } from "../kernels/kernel.ts";
import { kernelShader, loopShader, type ProgramShader } from "../kernels/shader.ts";
import type { BufferUse } from "../wgsl/buffer.ts";
import { bytesPerElement } from "../wgsl/element.ts";
import type { Arena } from "./arena.ts";
import { type BufferPlacement, type Limits, placeBuffers } from "./buffer-placement.ts";
import { type Dispatch, Dispatches, dispatchesIn, valuesOfDispatch, type Work } from "./dispatches.ts";
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

/** A dispatch with its pipeline, and the numbers of the buffers that it binds. */
interface Prepared {
  readonly dispatch: Dispatch;
  readonly shader: ProgramShader;
  readonly pipeline: Pipeline;
  readonly buffers: readonly number[];
}

/** A dispatch in some round of the loops around. */
interface Command {
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
  const loops = new LoopReport();
  const plan = planSteps(program, own, loops.observe);
  const dispatches = new Dispatches(platform.division, platform.limits.sharedBytes);
  const work = dispatches.of(plan.steps);
  const placement = placeBuffers(plan, dispatchesIn(work).map(valuesOfDispatch), platform.limits);
  const all = [...dispatches.of(placement.before), ...work, ...dispatches.of(placement.after)];
  const { commands, words } = new Recorder(placement, platform).record(all);
  const places = platform.commands.uniforms(words, commands); // `execute` holds both.
  const compilations = [...new Set(commands.map(({ prepared }) => prepared.pipeline.compilation)), places.creation];
  const groups = new BoundedCache<string, object>(keptGroups);

  const encode = (pass: ComputePass, blocks: readonly Block[]) => {
    const bound = new Map<Prepared, object>();
    let pipeline: object | undefined;
    for (const { prepared, offset, groups: workgroups } of commands) {
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
        ...placement.regions.flatMap(({ bytes, isHalf }) =>
          (isHalf ? platform.halves : platform.arena).reserve(bytes, placement.segment),
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
    kernels: commands.length,
    arena: placement.regions.reduce((sum, { bytes }) => sum + bytes, 0),
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
  readonly #placement: BufferPlacement;
  readonly #platform: Platform;
  readonly #prepared = new Map<Dispatch, Prepared>();
  readonly #commands: Command[] = [];
  readonly #words: number[] = [];
  readonly #counters = new Map<LoopCounter, number>();
  /** Where equal blocks of words lie. */
  readonly #blocks = new Map<string, number>();

  constructor(placement: BufferPlacement, platform: Platform) {
    this.#placement = placement;
    this.#platform = platform;
  }

  record(work: readonly Work[]): { commands: readonly Command[]; words: Uint32Array<ArrayBuffer> } {
    this.#visit(work);
    return { commands: this.#commands, words: Uint32Array.from(this.#words) };
  }

  #visit(work: readonly Work[]): void {
    for (const each of work) {
      if (each.kind === "dispatch") this.#dispatch(each);
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

  #dispatch(dispatch: Dispatch): void {
    const prepared = this.#prepared.get(dispatch) ?? this.#prepare(dispatch);
    this.#prepared.set(dispatch, prepared);
    const isInFours = dispatch.loop === undefined && dispatch.kernels[0]?.inFours === true;
    const tests = new Set(dispatch.conditions.map(({ test }) => test));
    const words = valuesOfDispatch(dispatch).map((value) => {
      const place = this.#placeOf(value, dispatch.loop?.counter);
      return isInFours && !tests.has(value) ? place / 4 : place;
    });
    const groups = dispatch.loop === undefined ? (dispatch.kernels[0]?.groups ?? 1) : 1;
    this.#commands.push({
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
    return this.#placement.placeOf(storage).base + offset + moved;
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

  #prepare(dispatch: Dispatch): Prepared {
    const bufferOf = ({ address }: MemoryValue) => this.#placement.placeOf(address.storage).buffer;
    const buffers = [...new Set(valuesOfDispatch(dispatch).map(bufferOf))].sort((a, b) => a - b);
    const { regions, inputs } = this.#placement;
    const kinds = regions.flatMap(({ isHalf, segments }) => new Array<boolean>(segments).fill(isHalf));
    const isInput = (buffer: number) => buffer >= kinds.length && buffer < kinds.length + inputs;
    const uses = buffers.map(
      (buffer): BufferUse => ({ access: isInput(buffer) ? "read" : "read_write", isHalf: kinds[buffer] === true }),
    );
    const bindingOf = (value: MemoryValue) => buffers.indexOf(bufferOf(value));
    const shader = this.#shaderOf(dispatch, uses, bindingOf);
    const [first] = dispatch.kernels;
    const label =
      dispatch.loop === undefined ? (first?.label ?? "nothing") : `loop of ${dispatch.kernels.length} kernels`;
    const pipeline = this.#platform.pipelines.get(label, shader);
    return { dispatch, shader, pipeline, buffers };
  }

  #shaderOf(
    { kernels, conditions, loop }: Dispatch,
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
    if (kernel === undefined) throw internal("a dispatch without kernels");
    const guards = conditions.map(({ test, whenTrue }) => ({ binding: bindingOf(test), whenTrue }));
    return kernelShader(kernel, kernel.values.map(bindingOf), uses, guards);
  }
}
