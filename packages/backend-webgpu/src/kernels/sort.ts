/**
 * Sorting by index. Comparing positions where values are equal makes the order total, so that any sorting network is stable.
 * Short lines: each element counts how many come before it. Long ones: a bitonic network, one dispatch per layer.
 */
import type { DType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { orderOf } from "../wgsl/accumulation.ts";
import { elementOf } from "../wgsl/element.ts";
import { type Elements, forEach, type Shader } from "../wgsl/shader.ts";
import { type AxisView, type DeviceKernel, operandAt, type Runtime, viewAlong } from "./kernel.ts";
import { byParts, isTooMuch, longestAxis, onParts, partsOf } from "./parts.ts";

export interface SortSpec {
  readonly dtype: DType;
  readonly isDescending: boolean;
  readonly invocations: number;
}

function keyOf({ dtype, isDescending }: SortSpec, element: string): string {
  const key = orderOf(dtype).key(element);
  return isDescending ? `~${key}` : key;
}

export function countingShader(spec: SortSpec): Shader {
  const body = ({ load, store }: Elements) => [
    "let column = i % inner;",
    "let own = i / inner % length;",
    "let base = i / inner / length * length * inner + column;",
    `let key = ${keyOf(spec, load(0, "i"))};`,
    "var before = 0u;",
    "for (var j = 0u; j < length; j++) {",
    `  let other = ${keyOf(spec, load(0, "base + j * inner"))};`,
    "  before += select(0u, 1u, (other < key) | ((other == key) & (j < own)));",
    "}",
    store("base + before * inner", "i32(own)"),
  ];
  return {
    inputs: [elementOf("argsort", spec.dtype)],
    output: "i32",
    parameters: ["size", "length", "inner"],
    functions: orderOf(spec.dtype).functions,
    invocations: spec.invocations,
    body: (elements) => forEach("i", "size", spec.invocations, body(elements)),
  };
}

/** Each line's positions, padded to a power of two. */
export function positionsShader(invocations: number): Shader {
  return {
    inputs: [],
    output: "u32",
    parameters: ["size", "padded"],
    functions: [],
    invocations,
    body: ({ each, store }) => each("i", "size", invocations, [store("i", "i % padded")]),
  };
}

/** One layer: pairs that are `distance` apart, in ascending order where the bit `run` of their place is not set. */
export function layerShader(spec: SortSpec): Shader {
  const at = (position: string) => `base + ${position} * inner`;
  const body = ({ load, reload, store }: Elements) => [
    "let line = i / (padded / 2u);",
    "let pair = i % (padded / 2u);",
    "let place = pair / distance * 2u * distance + pair % distance;",
    "let first = line * padded + place;",
    `let a = ${reload("first")};`,
    `let b = ${reload("first + distance")};`,
    "let base = line / inner * length * inner + line % inner;",
    // Beyond the line, positions themselves say who is last.
    "var isAfter = a > b;",
    "if ((a < length) & (b < length)) {",
    `  let key = ${keyOf(spec, load(0, at("a")))};`,
    `  let other = ${keyOf(spec, load(0, at("b")))};`,
    "  isAfter = (key > other) | ((key == other) & (a > b));",
    "}",
    "if (isAfter == ((place & run) == 0u)) {",
    `  ${store("first", "b")}`,
    `  ${store("first + distance", "a")}`,
    "}",
  ];
  return {
    inputs: [elementOf("argsort", spec.dtype)],
    output: "u32",
    parameters: ["size", "length", "inner", "padded", "distance", "run"],
    functions: orderOf(spec.dtype).functions,
    invocations: spec.invocations,
    body: (elements) => forEach("i", "size", spec.invocations, body(elements)),
  };
}

export function unpadShader(invocations: number): Shader {
  const body = ({ load, store }: Elements) => [
    "let line = i / (length * inner) * inner + i % inner;",
    store("i", `i32(${load(0, "line * padded + i / inner % length")})`),
  ];
  return {
    inputs: ["u32"],
    output: "i32",
    parameters: ["size", "length", "inner", "padded"],
    functions: [],
    invocations,
    body: (elements) => elements.each("i", "size", invocations, body(elements)),
  };
}

export interface SortOperand {
  readonly dtype: DType;
  readonly memory: Memory;
  readonly along: AxisView;
  readonly isDescending: boolean;
}

/** Counting looks at every pair. */
const longestCounted = 1024;

/** The int32 positions that sort every line of the operand. */
export function argsortMemory(runtime: Runtime, { dtype, memory, along, isDescending }: SortOperand): Memory {
  const { outer, length, inner } = along;
  const x = { shape: [outer, length, inner], dtype, memory };
  const padded = 2 ** Math.ceil(Math.log2(length));
  const pagesOfPositions = length <= longestCounted ? 1 : runtime.pagesOf(outer * inner * padded);
  const across = isTooMuch(runtime, [x], pagesOfPositions) ? longestAxis(x, [-1, -3]) : undefined;
  if (across !== undefined) {
    return byParts(runtime, { ...x, dtype: "int32" }, partsOf(x, across, 2), (half) =>
      onParts(runtime, [[x, half]], ({ shape: [outer = 0, , inner = 0], memory }) =>
        argsortMemory(runtime, { dtype, memory, along: { outer, length, inner }, isDescending }),
      ),
    );
  }
  const size = outer * length * inner;
  const y = runtime.allocate({ shape: [size], dtype: "int32" });
  const invocations = runtime.loopInvocations;
  const spec: SortSpec = { dtype, isDescending, invocations };
  const variant = `${dtype} ${isDescending}`;
  if (length <= longestCounted) {
    runtime.run({
      key: `argsort ${variant}`,
      shader: () => countingShader(spec),
      inputs: [memory],
      output: y,
      parameters: [size, length, inner],
      groups: Math.ceil(size / invocations),
    });
    return y;
  }
  const places = outer * inner * padded;
  const positions = runtime.allocate({ shape: [places], dtype: "int32" });
  runtime.run({
    key: "argsort positions",
    shader: () => positionsShader(invocations),
    inputs: [],
    output: positions,
    parameters: [places, padded],
    groups: Math.ceil(places / invocations),
  });
  for (let run = 2; run <= padded; run *= 2) {
    for (let distance = run / 2; distance >= 1; distance /= 2) {
      runtime.run({
        key: `argsort layer ${variant}`,
        shader: () => layerShader(spec),
        inputs: [memory],
        output: positions,
        parameters: [places / 2, length, inner, padded, distance, run],
        groups: Math.ceil(places / 2 / invocations),
        isInPlace: true,
      });
    }
  }
  runtime.run({
    key: "argsort unpad",
    shader: () => unpadShader(invocations),
    inputs: [positions],
    output: y,
    parameters: [size, length, inner, padded],
    groups: Math.ceil(size / invocations),
  });
  runtime.free(positions);
  return y;
}

export const argsort: DeviceKernel<AttributesOf<"argsort">> = (runtime, inputs, { axis, descending }) => {
  const x = operandAt(inputs, 0);
  return argsortMemory(runtime, { ...x, along: viewAlong(x.shape, axis), isDescending: descending });
};
