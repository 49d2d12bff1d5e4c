/** `start + i·step` for element i. */
import type { IotaStep } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { forEach } from "../wgsl/shader.ts";
import { constantText } from "./fused.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { positionsOf } from "./positions.ts";
import type { Sizes } from "./sizes.ts";

export function iotaKernels({ start, step, to }: IotaStep, { loop, sizes }: Division): readonly StepKernel[] {
  const { count, statements, offsets } = positionsOf("i", to.shape, [to.strides], { sizes });
  if (count === 0) return [];
  const element =
    to.dtype === "float32"
      ? floatText(start, step, sizes)
      : `${constantText(start, to.dtype, sizes)} + i32(i) * ${constantText(step, to.dtype, sizes)}`;
  return [
    {
      label: `iota of ${count}`,
      values: [to],
      functions: [],
      invocations: loop,
      groups: Math.ceil(count / loop),
      body: (names) => [
        forEach("i", sizes.of(count), loop, [...statements, names.store(0, defined(offsets[0], "offset"), element)]),
      ],
    },
  ];
}

/** What float32 cannot hold of start and step is added apart: one rounding of the product, one of the sum. */
function floatText(start: number, step: number, sizes: Sizes): string {
  const constant = (value: number) => constantText(value, "float32", sizes);
  const [startLow, stepLow] = [lowPart(start), lowPart(step)];
  if (sizes.areKnown && startLow === 0 && stepLow === 0) return `${constant(start)} + f32(i) * ${constant(step)}`;
  const low = `(f32(i) * ${constant(stepLow)} + ${constant(startLow)})`;
  return `${constant(start)} + (f32(i) * ${constant(step)} + ${low})`;
}

/** What float32 cannot hold of `value`; nothing of one that float32 makes infinite. */
function lowPart(value: number): number {
  const rounded = Math.fround(value);
  return Number.isFinite(rounded) ? value - rounded : 0;
}
