/** Random bits: element i is word i mod 2 of the block (⌊i / 2⌋, draw), its top bits. */
import { sizeOf } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { forEach, type Shader } from "../wgsl/shader.ts";
import { type DeviceKernel, operandAt } from "./kernel.ts";

export function randomBitsShader(invocations: number): Shader {
  const body = [
    "let words = threefry(x0[0], x0[1], i, x0[2]);",
    "y[2u * i] = words.x >> shift;",
    "if (2u * i + 1u < size) { y[2u * i + 1u] = words.y >> shift; }",
  ];
  return {
    inputs: ["u32"],
    output: "u32",
    parameters: ["size", "shift"],
    functions: ["threefry"],
    invocations,
    body: forEach("i", "(size + 1u) / 2u", invocations, body),
  };
}

export const randomBits: DeviceKernel<AttributesOf<"randomBits">> = (runtime, inputs, { bits }, output) => {
  const y = runtime.allocate(output);
  const size = sizeOf(output.shape);
  const invocations = runtime.loopInvocations;
  runtime.run({
    key: "randomBits",
    shader: () => randomBitsShader(invocations),
    inputs: [operandAt(inputs, 0).memory],
    output: y,
    parameters: [size, 32 - bits],
    groups: Math.ceil(size / 2 / invocations),
  });
  return y;
};
