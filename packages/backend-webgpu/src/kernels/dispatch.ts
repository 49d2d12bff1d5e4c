/** Runs a kernel on its operands' pages: in one dispatch as long as these are one each. */
import { defined } from "@tapegrad/core/internal";
import type { Commands } from "../device/commands.ts";
import { type Limits, pageBytesOf } from "../device/gpu.ts";
import type { Memory } from "../device/memory.ts";
import type { Pipelines } from "../device/pipelines.ts";
import { bytesPerElement } from "../wgsl/element.ts";
import type { KernelCall } from "./kernel.ts";
import { passesOf, type Window } from "./passes.ts";

/** More would be no faster, and loops over positions near the largest u32 could wrap in their last step. */
const mostGroups = 65535;

export class Dispatcher {
  readonly #commands: Commands;
  readonly #pipelines: Pipelines;
  readonly #limits: Limits;
  readonly #pageLength: number;

  constructor(commands: Commands, pipelines: Pipelines, limits: Limits) {
    this.#commands = commands;
    this.#pipelines = pipelines;
    this.#limits = limits;
    this.#pageLength = pageBytesOf(limits) / bytesPerElement;
  }

  /** @throws UnsupportedError where it would have to bind more pages than the adapter can. */
  run(call: KernelCall): void {
    const memories = [...call.inputs, call.output];
    if (memories.every(({ blocks }) => blocks.length === 1)) this.#runWhole(call);
    else if (call.isByPage === true) this.#runByPage(call);
    else {
      const pages = memories.map(({ blocks }) => blocks.length);
      const passes = passesOf(pages, call, {
        buffers: this.#limits.maxStorageBuffersPerShaderStage,
        length: this.#pageLength,
      });
      for (const windows of passes) this.#runPass(call, memories, windows);
    }
  }

  #runWhole(call: KernelCall): void {
    const { op, key, shader, inputs, output, parameters } = call;
    const pipeline = this.#pipelines.get(op, key, shader);
    const bound = [...inputs, output].map(({ block }) => block);
    this.#commands.dispatch({ op, pipeline, inputs, output, bound, parameters, groups: this.#groups(call.groups) });
  }

  /** Every page as if it were a tensor. */
  #runByPage({ op, key, shader, inputs, output, parameters, groups }: KernelCall): void {
    const pipeline = this.#pipelines.get(op, key, shader);
    const [size = 0, ...others] = parameters;
    for (const [page, block] of output.blocks.entries()) {
      this.#commands.dispatch({
        op,
        pipeline,
        inputs,
        output,
        bound: [...inputs.map(({ blocks }) => defined(blocks[blocks.length === 1 ? 0 : page], "page")), block],
        parameters: [Math.min(this.#pageLength, size - page * this.#pageLength), ...others],
        groups: this.#groups(Math.ceil(groups / output.blocks.length)),
      });
    }
  }

  #runPass(call: KernelCall, memories: readonly Memory[], windows: readonly Window[]): void {
    const { op, key, shader, inputs, output, parameters } = call;
    const windowOf = (k: number) => defined(windows[k], "window");
    const extents = memories.map(({ blocks }, k) => {
      const { pages } = windowOf(k);
      return { pages, isPartial: pages < blocks.length };
    });
    const firsts = windows.flatMap(({ first }, k) => (extents[k]?.isPartial === true ? [first] : []));
    this.#commands.dispatch({
      op,
      pipeline: this.#pipelines.get(op, key, shader, { extents, length: this.#pageLength }),
      inputs,
      output,
      bound: memories.flatMap(({ blocks }, k) => {
        const { first, pages } = windowOf(k);
        return blocks.slice(first, first + pages);
      }),
      parameters: [...parameters, ...firsts],
      groups: this.#groups(call.groups),
    });
  }

  #groups(wanted: number): number {
    return Math.min(wanted, mostGroups, this.#limits.maxComputeWorkgroupsPerDimension);
  }
}
