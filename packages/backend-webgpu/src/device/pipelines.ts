/** Compiled shaders, by text; and the layouts of their bindings, by number of buffers. */
import { UnsupportedError } from "@tapegrad/core";
import { type Shader, shaderText } from "../wgsl/shader.ts";
import { guarded } from "./error-scope.ts";
import { computeStage, type Device, type LayoutEntry } from "./gpu.ts";
import { Outcome } from "./outcome.ts";

export interface Pipeline {
  readonly pipeline: object;
  readonly layout: object;
  readonly compilation: Outcome;
}

export class Pipelines {
  readonly #device: Device;
  readonly #track: (compilation: Outcome) => void;
  /** What a kernel calls its shader; many names may mean one text. */
  readonly #byKey = new Map<string, Pipeline>();
  readonly #byText = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, object>();

  constructor(device: Device, track: (compilation: Outcome) => void) {
    this.#device = device;
    this.#track = track;
  }

  /** The pipeline of the shader that `key` stands for; `shader` is asked for it once. */
  get(op: string, key: string, shader: () => Shader): Pipeline {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const made = shader();
    const text = shaderText(made);
    const pipeline = this.#byText.get(text) ?? this.#compile(op, made, text);
    this.#byText.set(text, pipeline);
    this.#byKey.set(key, pipeline);
    return pipeline;
  }

  #compile(op: string, { inputs, parameters }: Shader, code: string): Pipeline {
    const available = this.#device.limits.maxStorageBuffersPerShaderStage;
    if (inputs.length + 1 > available) {
      throw new UnsupportedError(
        op,
        `it reads and writes ${inputs.length + 1} buffers at once, more than this adapter can bind (${inputs.length + 1} > ${available})`,
        "use another adapter or backend",
      );
    }
    const layout = this.#layout(inputs.length, parameters.length > 0);
    const { result, error } = guarded(this.#device, op, () =>
      this.#device.createComputePipeline({
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: this.#device.createShaderModule({ code, label: op }), entryPoint: "main" },
        label: op,
      }),
    );
    const compilation = new Outcome();
    compilation.close(error);
    this.#track(compilation);
    return { pipeline: result, layout, compilation };
  }

  #layout(inputs: number, hasParameters: boolean): object {
    const key = `${inputs} ${hasParameters}`;
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const types = [
      ...new Array<"read-only-storage">(inputs).fill("read-only-storage"),
      "storage" as const,
      ...(hasParameters ? ["uniform" as const] : []),
    ];
    const entries = types.map(
      (type, binding): LayoutEntry => ({ binding, visibility: computeStage, buffer: { type } }),
    );
    const layout = this.#device.createBindGroupLayout({ entries });
    this.#layouts.set(key, layout);
    return layout;
  }
}
