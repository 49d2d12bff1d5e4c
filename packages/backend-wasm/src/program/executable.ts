/** A Program as something to call: its module, instantiated on the backend's memory, and the copying in and out. */

import { decompose, optimize } from "@tapegrad/compiler";
import {
  type Attributes,
  defined,
  type Executable,
  type Program,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
} from "@tapegrad/core";
import { mathImportObject } from "../math/lane-calls.ts";
import { generate, staticAddress } from "./generate.ts";
import { schedule } from "./schedule.ts";
import type { HostStep } from "./step.ts";

/** What a Program needs of its backend. */
export interface Host {
  readonly memory: WebAssembly.Memory;
  readonly fma: boolean;
  /** Grows the memory to hold at least so many bytes. */
  ensure(bytes: number): void;
  /** The host's own kernel of an op. */
  kernel(
    op: string,
    operands: readonly (TensorType & { readonly data: TypedArray })[],
    attributes: Attributes,
    output: TensorType,
  ): TypedArray;
  dataOf(tensor: Tensor): TypedArray;
  tensorOf(type: TensorType, data: TypedArray): Tensor;
}

/** The arena begins behind a page that no valid address points into. */
const arenaStart = 65536;

/** @throws UnsupportedError for what cannot be compiled. */
export function compileProgram(program: Program, host: Host): Executable {
  const plan = schedule(decompose(optimize(program)));
  const { bytes, plan: places, hostSteps } = generate(plan, { fma: host.fma, start: arenaStart });
  const inputs = plan.inputs.map((value) => staticAddress(places, value));
  const outputs = plan.outputs.map((value) => staticAddress(places, value));
  host.ensure(places.end + 64);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    ...mathImportObject,
    env: {
      memory: host.memory,
      host: (index: number, ...addresses: number[]) =>
        runHostStep(host, defined(hostSteps[index], "host step"), addresses),
    },
  });
  const { main } = instance.exports;
  if (typeof main !== "function") throw new Error("internal: the module has no main");
  return (tensors) => {
    for (const [i, tensor] of tensors.entries())
      viewAt(host.memory, defined(inputs[i], "input"), tensor).set(host.dataOf(tensor));
    main();
    return program.outputs.map((type, i) =>
      host.tensorOf(type, viewAt(host.memory, defined(outputs[i], "output"), type).slice()),
    );
  };
}

function runHostStep(host: Host, { op, operands, attributes, to }: HostStep, addresses: readonly number[]): void {
  const given = operands.map(({ shape, dtype }, i) => ({
    shape,
    dtype,
    data: viewAt(host.memory, defined(addresses[i], "address"), { shape, dtype }),
  }));
  const result = host.kernel(op, given, attributes, to);
  viewAt(host.memory, defined(addresses[operands.length], "address"), to).set(result);
}

function viewAt(memory: WebAssembly.Memory, address: number, { shape, dtype }: TensorType): TypedArray {
  const length = sizeOf(shape);
  switch (dtype) {
    case "float32":
      return new Float32Array(memory.buffer, address, length);
    case "int32":
      return new Int32Array(memory.buffer, address, length);
    case "bool":
      return new Uint8Array(memory.buffer, address, length);
    case "float64":
      throw new Error("internal: float64 in a wasm program");
  }
}
