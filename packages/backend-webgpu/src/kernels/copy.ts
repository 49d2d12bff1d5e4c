/** Element by element into strided places. Where the rest becomes zero, every place of the whole looks for its element. */
import { type CopyStep, isDense, type MemoryValue, type Value } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { forEach } from "../wgsl/shader.ts";
import { constantText } from "./fused.ts";
import type { Division, Names, StepKernel } from "./kernel.ts";
import { positionsOf, sumOf } from "./positions.ts";
import { literals, type Sizes } from "./sizes.ts";

export function copyKernels({ from, to, clear }: CopyStep, division: Division): readonly StepKernel[] {
  const isEmpty = sizeOf(to.shape) === 0;
  if (clear === undefined) return isEmpty ? [] : [placingKernel(from, to, division)];
  if (!isEmpty && isDense(clear)) return [paddingKernel(from, to, clear, division)];
  const zeros = placingKernel({ kind: "constant", shape: clear.shape, dtype: clear.dtype, value: 0 }, clear, division);
  return isEmpty ? [zeros] : [zeros, placingKernel(from, to, division)];
}

/** How the value that is copied is read: from memory, as value 0 of the kernel, or not at all. */
type Source = Pick<StepKernel, "values"> & { readonly text: (names: Names, offset: string) => string };

function sourceOf(from: Value, sizes: Sizes): Source {
  return from.kind === "memory"
    ? { values: [from], text: (names, offset) => names.load(0, offset) }
    : { values: [], text: () => constantText(from.value, from.dtype, sizes) };
}

function placingKernel(from: Value, to: MemoryValue, { loop, sizes }: Division): StepKernel {
  const source = sourceOf(from, sizes);
  const values = [...source.values, to];
  const { count, statements, offsets } = positionsOf(
    "i",
    to.shape,
    values.map(({ strides }) => strides),
    { sizes },
  );
  const [last, at, place] = [values.length - 1, offsets[0] ?? "0u", defined(offsets.at(-1), "offset")];
  return {
    label: `copy of [${to.shape}]`,
    values,
    functions: [],
    invocations: loop,
    groups: Math.ceil(count / loop),
    body: (names) => [
      forEach("i", sizes.of(count), loop, [...statements, names.store(last, place, source.text(names, at))]),
    ],
  };
}

/** `to` is part of `whole`, which is dense. */
function paddingKernel(from: Value, to: MemoryValue, whole: MemoryValue, { loop, sizes }: Division): StepKernel {
  const source = sourceOf(from, sizes);
  const values = [...source.values, whole];
  const size = sizeOf(whole.shape);
  const strides = from.kind === "memory" ? from.strides : from.shape.map(() => 0);
  const axes = axesOf(to, whole);
  const statements = axes.flatMap(({ axis, stride, length, low, step }) => {
    // Before the first element, this wraps to more than any length.
    const place = `let place${axis} = i / ${sizes.of(stride)} % ${sizes.of(length)} - ${sizes.of(low)};`;
    const element = `let element${axis} = ${sizes.quotient(`place${axis}`, step)};`;
    const isInside = `(${sizes.remainder(`place${axis}`, step)} == 0u) & (element${axis} < ${sizes.of(to.shape[axis] ?? 1)})`;
    return [place, element, `inside = inside & ${isInside};`];
  });
  const at = sumOf(axes.map(({ axis }) => sizes.term(`element${axis}`, strides[axis] ?? 0)));
  return {
    label: `copy of [${to.shape}] into [${whole.shape}]`,
    values,
    functions: [],
    invocations: loop,
    groups: Math.ceil(size / loop),
    body: (names) => {
      const value = source.text(names, `select(0u, ${at}, inside)`);
      const zero = constantText(0, whole.dtype, literals);
      return [
        forEach("i", sizes.of(size), loop, [
          "var inside = true;",
          ...statements,
          names.store(values.length - 1, "i", `select(${zero}, ${value}, inside)`),
        ]),
      ];
    },
  };
}

interface PaddedAxis {
  readonly axis: number;
  /** Of the whole. */
  readonly stride: number;
  readonly length: number;
  /** The place of the first element, and places from one to the next. */
  readonly low: number;
  readonly step: number;
}

function axesOf(to: MemoryValue, whole: MemoryValue): PaddedAxis[] {
  let rest = to.address.offset - whole.address.offset;
  return whole.shape.flatMap((length, axis) => {
    const stride = whole.strides[axis] ?? 1;
    if (length === 1) return [];
    const low = Math.floor(rest / stride);
    rest -= low * stride;
    return [{ axis, stride, length, low, step: (to.strides[axis] ?? stride) / stride }];
  });
}
