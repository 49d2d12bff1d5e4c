/** `start + i·step` for element i. */
import type { IotaStep } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core";
import { progressionOf } from "../wgsl/progression.ts";
import { forEach } from "../wgsl/shader.ts";
import { constantText } from "./fused.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { literal, positionsOf } from "./positions.ts";

export function iotaKernels({ start, step, to }: IotaStep, { loop }: Division): readonly StepKernel[] {
  const { count, statements, offsets } = positionsOf("i", to.shape, [to.strides]);
  if (count === 0) return [];
  const element =
    to.dtype === "float32"
      ? floatText(start, step, count)
      : `${constantText(start, to.dtype)} + i32(i) * ${constantText(step, to.dtype)}`;
  return [
    {
      label: `iota of ${count}`,
      values: [to],
      functions: [],
      invocations: loop,
      groups: Math.ceil(count / loop),
      body: (names) => [
        forEach("i", literal(count), loop, [...statements, names.store(0, defined(offsets[0], "offset"), element)]),
      ],
    },
  ];
}

function floatText(start: number, step: number, length: number): string {
  const { startLow, stepLow, scale, ...high } = progressionOf(start, step, length);
  const constant = (value: number) => constantText(value, "float32");
  const hasLow = startLow !== 0 || stepLow !== 0;
  const product = `f32(i) * ${constant(high.step)}`;
  const moved = hasLow ? `(${product} + (f32(i) * ${constant(stepLow)} + ${constant(startLow)}))` : product;
  const sum = `${constant(high.start)} + ${moved}`;
  return scale === 1 ? sum : `(${sum}) * ${constant(scale)}`;
}
