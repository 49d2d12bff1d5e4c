/** Random bits: element i is word i mod 2 of the block (⌊i / 2⌋, draw), its top bits. */
import { sizeOf } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { type Elements, forEach, type Shader } from "../wgsl/shader.ts";
import { type DeviceKernel, operandAt } from "./kernel.ts";

export function randomBitsShader(invocations: number): Shader {
  const body = ({ load, store }: Elements) => [
    `let words = threefry(${load(0, "0u")}, ${load(0, "1u")}, i, ${load(0, "2u")});`,
    store("2u * i", "words.x >> shift"),
    `if (2u * i + 1u < size) { ${store("2u * i + 1u", "words.y >> shift")} }`,
  ];
  return {
    inputs: ["u32"],
    output: "u32",
    parameters: ["size", "shift"],
    functions: ["threefry"],
    invocations,
    body: (elements) => forEach("i", "(size + 1u) / 2u", invocations, body(elements)),
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
