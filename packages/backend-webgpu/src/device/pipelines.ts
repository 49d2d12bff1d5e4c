/** Compiled shaders, by text, and layouts of their bindings, by the kinds of the bindings. */
import { UnsupportedError } from "@tapegrad/core";
import { BoundedCache } from "@tapegrad/core/internal";
import type { ProgramShader } from "../kernels/shader.ts";
import { pagesOf } from "../wgsl/buffer.ts";
import { guarded } from "./error-scope.ts";
import { computeStage, type Device, type LayoutEntry } from "./gpu.ts";
import { Outcome } from "./outcome.ts";

export interface Pipeline {
  readonly pipeline: object;
  readonly layout: Layout;
  readonly compilation: Outcome;
}

/** Equal layouts are one object with one number. */
export interface Layout {
  readonly id: number;
  readonly raw: object;
}

/** How a shader uses what is bound to it, in order. */
type Use = LayoutEntry["buffer"];

/** Pipelines that are kept for whoever asks for them next. A Program has one per shape of its operands. */
const capacity = 1024;

export class Pipelines {
  readonly #device: Device;
  readonly #track: (compilation: Outcome) => void;
  /** Programs keep their own. */
  readonly #byText = new BoundedCache<string, Pipeline>(capacity);
  readonly #layouts = new Map<string, Layout>();

  constructor(device: Device, track: (compilation: Outcome) => void) {
    this.#device = device;
    this.#track = track;
  }

  /** The pipeline of a shader; `label` says what it is part of. */
  get(label: string, { uses, text }: ProgramShader): Pipeline {
    const buffers = uses.flatMap((use) => {
      const type = use.access === "read" ? "read-only-storage" : "storage";
      return new Array<Use>(pagesOf(use)).fill({ type });
    });
    const bound: readonly Use[] = [...buffers, { type: "uniform", hasDynamicOffset: true }];
    return this.#byText.get(text, () => this.#compile(label, text, bound));
  }

  #compile(op: string, code: string, uses: readonly Use[]): Pipeline {
    const available = this.#device.limits.maxStorageBuffersPerShaderStage;
    const wanted = uses.filter(({ type }) => type !== "uniform").length;
    if (wanted > available) {
      throw new UnsupportedError(
        op,
        `it reads and writes ${wanted} buffers at once, more than this adapter can bind (${wanted} > ${available})`,
        "use another adapter or backend",
      );
    }
    const layout = this.#layout(uses);
    const { result, error } = guarded(this.#device, op, () =>
      this.#device.createComputePipeline({
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout.raw] }),
        compute: { module: this.#device.createShaderModule({ code, label: op }), entryPoint: "main" },
        label: op,
      }),
    );
    const compilation = new Outcome();
    compilation.close(error);
    this.#track(compilation);
    return { pipeline: result, layout, compilation };
  }

  #layout(uses: readonly Use[]): Layout {
    const key = uses.map(({ type, hasDynamicOffset = false }) => `${type} ${hasDynamicOffset}`).join(", ");
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const entries = uses.map((buffer, binding): LayoutEntry => ({ binding, visibility: computeStage, buffer }));
    const layout = { id: this.#layouts.size, raw: this.#device.createBindGroupLayout({ entries }) };
    this.#layouts.set(key, layout);
    return layout;
  }
}
