/** `start + i·step` for element i. */
import type { IotaStep } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core";
import { wordOf } from "../kernels/movement.ts";
import { forEach } from "../wgsl/shader.ts";
import { constantText } from "./fused.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { literal, positionsOf } from "./positions.ts";

export function iotaKernels({ start, step, to }: IotaStep, { loop }: Division): readonly StepKernel[] {
  const { count, statements, offsets } = positionsOf("i", to.shape, [to.strides]);
  if (count === 0) return [];
  const element =
    to.dtype === "float32"
      ? floatText(start, step)
      : `${constantText(start, to.dtype)} + i32(i) * ${constantText(step, to.dtype)}`;
  return [
    {
      label: `iota of ${count}`,
      values: [to],
      functions: Number.isFinite(start) && Number.isFinite(step) ? [] : ["infinity", "notANumber"],
      invocations: loop,
      groups: Math.ceil(count / loop),
      body: (names) => [
        forEach("i", literal(count), loop, [...statements, names.store(0, defined(offsets[0], "offset"), element)]),
      ],
    },
  ];
}

/** What float32 cannot hold of start and step is added apart: one rounding of the product, one of the sum. */
function floatText(start: number, step: number): string {
  const [startLow, stepLow] = [start, step].map((value) => (Number.isFinite(value) ? value - Math.fround(value) : 0));
  const constant = (value: number) => constantText(value, "float32");
  if (startLow === 0 && stepLow === 0) return `${constant(start)} + f32(i) * ${constant(step)}`;
  // A compiler that knows constants may join them, which rounds too early. No number of an invocation is so large.
  const high = (value: number) =>
    Number.isFinite(value) ? `bitcast<f32>(${literal(wordOf(value, "float32"))} | (lane >> 31u))` : constant(value);
  const low = `(f32(i) * ${constant(stepLow ?? 0)} + ${constant(startLow ?? 0)})`;
  return `${high(start)} + (f32(i) * ${high(step)} + ${low})`;
}
