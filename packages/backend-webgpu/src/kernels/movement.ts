/** Kernels that put elements into places. They move 32 bits, whatever these mean, so one shader serves every dtype. */
import { broadcastStrides, sizeOf, stridesOf, type TensorType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import type { Elements, Shader } from "../wgsl/shader.ts";
import { mergeAxes, offsetNames, offsets, offsetValues } from "../wgsl/strides.ts";
import { type DeviceKernel, type DeviceOperand, floatBits, operandAt, type Runtime, viewAlong } from "./kernel.ts";
import { placesOf } from "./passes.ts";

/** Memory never changes, so a result with the same elements in the same order can share its operand's. */
export const same: DeviceKernel = (_, inputs) => operandAt(inputs, 0).memory;

export function copyShader(rank: number, invocations: number): Shader {
  return {
    inputs: ["u32"],
    output: "u32",
    parameters: ["size", "start", ...offsetNames(rank, ["source"])],
    functions: [],
    invocations,
    body: ({ each, load, store }) =>
      each("i", "size", invocations, [...offsets("i", rank, ["source"]), store("i", load(0, "start + source"))]),
  };
}

function copyStrided(
  runtime: Runtime,
  x: DeviceOperand,
  strides: readonly number[],
  start: number,
  output: TensorType,
): Memory {
  const size = sizeOf(output.shape);
  const axes = mergeAxes(output.shape, [strides]);
  const rank = axes.lengths.length;
  const isWhole = size === sizeOf(x.shape) && start === 0 && (rank === 0 || (rank === 1 && axes.strides[0]?.[0] === 1));
  if (isWhole) return x.memory;
  const y = runtime.allocate(output);
  const invocations = runtime.loopInvocations;
  runtime.run({
    key: `copy ${rank}`,
    shader: () => copyShader(rank, invocations),
    inputs: [x.memory],
    output: y,
    parameters: [size, start, ...offsetValues(axes)],
    groups: Math.ceil(size / invocations),
    isPointwise: true,
    reads: (_, begin, end) => {
      const [low, high] = placesOf(axes, 0, begin, end);
      return [start + low, start + high];
    },
  });
  return y;
}

export const broadcastTo: DeviceKernel<AttributesOf<"broadcastTo">> = (runtime, inputs, _, output) => {
  const x = operandAt(inputs, 0);
  return copyStrided(runtime, x, broadcastStrides(x.shape, output.shape), 0, output);
};

export const transpose: DeviceKernel<AttributesOf<"transpose">> = (runtime, inputs, { axes }, output) => {
  const x = operandAt(inputs, 0);
  const strides = stridesOf(x.shape);
  return copyStrided(
    runtime,
    x,
    axes.map((axis) => defined(strides[axis], "stride")),
    0,
    output,
  );
};

export const slice: DeviceKernel<AttributesOf<"slice">> = (runtime, inputs, { starts, steps }, output) => {
  const x = operandAt(inputs, 0);
  const strides = stridesOf(x.shape);
  const start = strides.reduce((at, stride, axis) => at + stride * defined(starts[axis], "start"), 0);
  const stepped = strides.map((stride, axis) => stride * defined(steps[axis], "step"));
  return copyStrided(runtime, x, stepped, start, output);
};

export const flip: DeviceKernel<AttributesOf<"flip">> = (runtime, inputs, { axes }, output) => {
  const x = operandAt(inputs, 0);
  const strides = stridesOf(x.shape);
  const isFlipped = (axis: number) => axes.includes(axis - x.shape.length);
  const start = x.shape.reduce(
    (at, length, axis) => at + (isFlipped(axis) ? (length - 1) * defined(strides[axis], "stride") : 0),
    0,
  );
  const turned = strides.map((stride, axis) => (isFlipped(axis) ? -stride : stride));
  return copyStrided(runtime, x, turned, start, output);
};

export function padShader(rank: number, invocations: number): Shader {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const body = ({ load, store }: Elements) => [
    "var rest = i;",
    "var source = 0u;",
    "var inside = true;",
    ...axes.toReversed().flatMap((axis) => [
      "{",
      `  let at = rest % length${axis} - low${axis};`,
      `  rest = rest / length${axis};`,
      // Before the first element, `at` wraps to more than any length.
      `  inside = inside & (at % step${axis} == 0u) & (at / step${axis} < inner${axis});`,
      `  source += at / step${axis} * stride${axis};`,
      "}",
    ]),
    store("i", `select(0u, ${load(0, "select(0u, source, inside)")}, inside)`),
  ];
  const named = (name: string) => axes.map((axis) => `${name}${axis}`);
  return {
    inputs: ["u32"],
    output: "u32",
    parameters: ["size", ...["length", "low", "step", "inner", "stride"].flatMap(named)],
    functions: [],
    invocations,
    body: (elements) => elements.each("i", "size", invocations, body(elements)),
  };
}

export const pad: DeviceKernel<AttributesOf<"pad">> = (runtime, inputs, { low, interior }, output) => {
  const x = operandAt(inputs, 0);
  const y = runtime.allocate(output);
  const rank = output.shape.length;
  const invocations = runtime.loopInvocations;
  const size = sizeOf(output.shape);
  runtime.run({
    key: `pad ${rank}`,
    shader: () => padShader(rank, invocations),
    inputs: [x.memory],
    output: y,
    parameters: [
      size,
      ...output.shape,
      ...low,
      ...interior.map((zeros) => zeros + 1),
      ...x.shape,
      ...stridesOf(x.shape),
    ],
    groups: Math.ceil(size / invocations),
    isPointwise: true,
  });
  return y;
};

export function concatShader(invocations: number): Shader {
  return {
    inputs: ["u32"],
    output: "u32",
    parameters: ["size", "block", "pitch", "start"],
    functions: [],
    invocations,
    body: ({ each, load, store }) =>
      each("i", "size", invocations, [store("i / block * pitch + start + i % block", load(0, "i"))], 0),
  };
}

/** One dispatch per operand, since there may be more of them than a shader can bind. */
export const concat: DeviceKernel<AttributesOf<"concat">> = (runtime, inputs, { axis }, output) => {
  const y = runtime.allocate(output);
  const { length, inner } = viewAlong(output.shape, axis);
  const invocations = runtime.loopInvocations;
  let next = 0;
  for (const { shape, memory } of inputs) {
    const start = next;
    const block = viewAlong(shape, axis).length * inner;
    const pitch = length * inner;
    /** Of its elements, those that come before a place in the result. */
    const before = (place: number) => {
      const row = Math.floor((place - start) / pitch);
      return row * block + Math.min(place - start - row * pitch, block);
    };
    const size = sizeOf(shape);
    runtime.run({
      key: "concat",
      shader: () => concatShader(invocations),
      inputs: [memory],
      output: y,
      parameters: [size, block, pitch, start],
      groups: Math.ceil(size / invocations),
      isPointwise: true,
      reads: (_, begin, end) => [before(begin), before(end)],
    });
    next += block;
  }
  return y;
};

export function fullShader(invocations: number): Shader {
  return {
    inputs: [],
    output: "u32",
    parameters: ["size", "value"],
    functions: [],
    invocations,
    body: ({ each, store }) => each("i", "size", invocations, [store("i", "value")]),
  };
}

export const full: DeviceKernel<AttributesOf<"full">> = (runtime, _, { value, dtype }, output) => {
  const y = runtime.allocate(output);
  const invocations = runtime.loopInvocations;
  const size = sizeOf(output.shape);
  runtime.run({
    key: "full",
    shader: () => fullShader(invocations),
    inputs: [],
    output: y,
    parameters: [size, wordOf(value, dtype)],
    groups: Math.ceil(size / invocations),
    isByPage: true,
  });
  return y;
};

/** The bits of a constant. */
export function wordOf(value: number, dtype: TensorType["dtype"]): number {
  if (dtype === "float32") return floatBits(value);
  return dtype === "bool" ? Number(value !== 0) : value | 0;
}

export function iotaShader(isFloat: boolean, invocations: number): Shader {
  // What float32 cannot hold of start and step is added apart: one rounding of the product, one of the sum.
  const float = ({ store }: Elements) => [
    "let product = f32(i) * bitcast<f32>(step);",
    "let low = f32(i) * bitcast<f32>(stepLow) + bitcast<f32>(startLow);",
    store("i", "bitcast<f32>(start) + (product + low)"),
  ];
  const integer = ({ store }: Elements) => [store("i", "bitcast<i32>(start + i * step)")];
  return {
    inputs: [],
    output: isFloat ? "f32" : "i32",
    parameters: ["size", "start", "step", ...(isFloat ? ["startLow", "stepLow"] : [])],
    functions: [],
    invocations,
    body: (elements) => elements.each("i", "size", invocations, (isFloat ? float : integer)(elements)),
  };
}

export const iota: DeviceKernel<AttributesOf<"iota">> = (runtime, _, { start, step, dtype }, output) => {
  const y = runtime.allocate(output);
  const invocations = runtime.loopInvocations;
  const size = sizeOf(output.shape);
  const isFloat = dtype === "float32";
  const low = (value: number) => floatBits(value - Math.fround(value));
  runtime.run({
    key: `iota ${isFloat}`,
    shader: () => iotaShader(isFloat, invocations),
    inputs: [],
    output: y,
    parameters: [size, wordOf(start, dtype), wordOf(step, dtype), ...(isFloat ? [low(start), low(step)] : [])],
    groups: Math.ceil(size / invocations),
  });
  return y;
};
