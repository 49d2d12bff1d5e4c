/** Products of matrices, with and without epilogues, against plain loops: by every kernel, alone and as Programs call them. */
import { type Epilogue, type FusedNode, type MatmulStep, type MemoryValue, type Value, view } from "@tapegrad/compiler";
import { type DType, type Shape, sizeOf, stridesOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Device } from "../src/device/gpu.ts";
import type { Division } from "../src/kernels/kernel.ts";
import { matmulKernels } from "../src/kernels/matmul.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { Choices, expectAsReferenced } from "./step-cases.ts";
import { divisions } from "./step-runner.ts";

const hardware = divisions["many workgroups"];
const all: Readonly<Record<string, Division>> = {
  "tiles of 16": hardware,
  "tiles of 8": { ...hardware, tileSide: 8 },
  "tiles of 4": { ...hardware, tileSide: 4 },
  alone: divisions["one workgroup"],
  "alone, software": { ...divisions["one workgroup"], isSoftware: true },
  software: divisions.software,
  quads: { ...divisions.software, hasSubgroups: true },
};

interface Sizes {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

interface Case extends Sizes {
  readonly seed: number;
}

/** Around the lengths of blocks, tiles and of what is added up before it joins the sum; half of them multiples of four. */
const length = fc.oneof(
  fc.constantFrom(1, 2, 3, 5, 7, 15, 17, 33, 63, 65, 70),
  fc.constantFrom(4, 8, 16, 20, 32, 36, 64, 68),
);
const aligned = fc.constantFrom(1, 4, 8, 16, 20, 32, 36, 48, 64, 68);

function casesOf(each: fc.Arbitrary<number>): fc.Arbitrary<Case> {
  return fc
    .record({
      batch: fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 }),
      rows: each,
      inner: each,
      columns: each,
      seed: fc.nat(),
    })
    .filter(({ batch, rows, inner, columns }) => sizeOf([...batch, rows, columns]) * inner <= 300_000);
}

/** Matrices that follow each other in memory; along some batch axes there is only one. */
function matrices(choices: Choices, batch: Shape, matrix: Shape, mayRepeat: boolean): MemoryValue {
  const shape = [...batch, ...matrix];
  const isRepeated = shape.map((_, axis) => mayRepeat && axis < batch.length && choices.isLucky(0.4));
  const stored = shape.map((extent, axis) => (isRepeated[axis] === true ? 1 : extent));
  const strides = stridesOf(stored).map((stride, axis) => (isRepeated[axis] === true ? 0 : stride));
  const offset = choices.of(0, 0, 4, 8, 3);
  const storage = { dtype: "float32" as const, elements: sizeOf(stored) + offset + choices.below(3) };
  return { kind: "memory", shape, dtype: "float32", strides, address: { storage, offset, terms: [] } };
}

function productOf({ batch, rows, inner, columns }: Sizes, choices: Choices): MatmulStep {
  const [transposeLeft, transposeRight] = [choices.isLucky(), choices.isLucky()];
  return {
    kind: "matmul",
    left: matrices(choices, batch, transposeLeft ? [inner, rows] : [rows, inner], true),
    right: matrices(choices, batch, transposeRight ? [columns, inner] : [inner, columns], true),
    to: matrices(choices, batch, [rows, columns], false),
    transposeLeft,
    transposeRight,
  };
}

type Input = FusedNode["inputs"][number];
const operand = (index: number): Input => ({ from: "operand", index });
const node = (index: number): Input => ({ from: "node", index });
const op = (name: string, dtype: DType, ...inputs: Input[]): FusedNode => ({
  op: name,
  attributes: {},
  dtype,
  inputs,
});

/** Ops on operands 0 (the product), 1 (a row, repeated) and 2 (whole), short: their code comes once per element of a block. */
const epilogues: readonly { nodes: readonly FusedNode[]; results: readonly number[]; others: readonly number[] }[] = [
  { nodes: [op("add", "float32", operand(0), operand(1))], results: [0], others: [1] },
  { nodes: [op("greater", "bool", operand(0), operand(1))], results: [0], others: [2] },
  {
    nodes: [op("add", "float32", operand(0), operand(1)), op("mul", "float32", node(0), operand(2))],
    results: [0, 1],
    others: [1, 2],
  },
];

/** A loop over the product's results, in their own shape or seen as rows or as one axis. */
function withEpilogue(step: MatmulStep, choices: Choices): MatmulStep {
  const { to } = step;
  const count = sizeOf(to.shape);
  const columns = to.shape.at(-1) ?? 1;
  const shape = choices.of<Shape>(to.shape, to.shape, [count / columns, columns], [count]);
  const { nodes, results, others } = choices.of(...epilogues);
  const repeated = (axis: number) => axis < shape.length - 1;
  const all: readonly Value[] = [
    view(to, shape, stridesOf(shape)),
    ...others.map((kind) => choices.value(shape, "float32", kind === 1 ? repeated : undefined)),
  ];
  const [product, ...rest] = all;
  // The product may be any of the operands.
  const isLast = choices.isLucky(0.3);
  const shift = ({ from, index }: Input): Input =>
    from === "node" || !isLast ? { from, index } : { from, index: index === 0 ? rest.length : index - 1 };
  const epilogue: Epilogue = {
    step: {
      kind: "fused",
      shape,
      operands: isLast ? [...rest, defined(product, "product")] : all,
      nodes: nodes.map((each) => ({ ...each, inputs: each.inputs.map(shift) })),
      results: results.map((at) => ({ node: at, to: choices.value(shape, defined(nodes[at], "node").dtype) })),
    },
    operand: isLast ? rest.length : 0,
    keepsResult: choices.isLucky(),
  };
  return { ...step, epilogue };
}

/** Sums of products of these are exact in float32, and so is what epilogues make of them. */
const quarters = (choices: Choices) => (choices.below(48) - 24) / 4;

describe.skipIf(withoutAdapter)("products", () => {
  let device: Device;
  beforeAll(async () => {
    device = await requestDevice();
  });

  const names = () => Object.keys(all).filter((name) => name !== "quads" || device.features.has("subgroups"));

  const check = (step: MatmulStep, seed: number, divided = names()) => {
    const by = Object.fromEntries(divided.map((name) => [name, defined(all[name], "division")]));
    return expectAsReferenced({ device, step, seed, fill: quarters, by });
  };

  const checkAll = async (cases: fc.Arbitrary<Case>, numRuns: number, make: typeof productOf) =>
    fc.assert(
      fc.asyncProperty(cases, async (sizes) => {
        // Compiling shaders is what takes time: each product is made in two of the ways.
        const choices = new Choices(sizes.seed);
        const step = make(sizes, choices);
        await check(step, sizes.seed, [choices.of(...names()), choices.of(...names())]);
      }),
      { numRuns, endOnFailure: true },
    );

  const finished: typeof productOf = (sizes, choices) => withEpilogue(productOf(sizes, choices), choices);

  test.each([
    ["any lengths", length, 15],
    ["lengths of whole vectors", aligned, 25],
  ] as const)("of %s", async (_, each, runs) => {
    await checkAll(casesOf(each), runs, productOf);
  });

  test.each([
    ["any lengths", length, 15],
    ["lengths of whole vectors", aligned, 25],
  ] as const)("of %s, with epilogues", async (_, each, runs) => {
    await checkAll(casesOf(each), runs, finished);
  });

  test.each<Sizes>([
    { batch: [131], rows: 20, inner: 16, columns: 20 },
    { batch: [], rows: 132, inner: 72, columns: 68 },
    { batch: [2], rows: 1, inner: 256, columns: 300 },
    { batch: [], rows: 300, inner: 20, columns: 1 },
    { batch: [], rows: 4, inner: 1000, columns: 4 },
  ])("of $batch matrices $rows × $inner × $columns", async (sizes) => {
    await check(productOf(sizes, new Choices(2)), 2, [...names().slice(-2), "tiles of 16"]);
    await check(finished(sizes, new Choices(3)), 3, ["tiles of 16"]);
  });

  test("are made by the kernel that fits: its workgroups and what it reads as vectors", () => {
    const dense = (shape: Shape): MemoryValue => ({
      kind: "memory",
      shape,
      dtype: "float32",
      strides: stridesOf(shape),
      address: { storage: { dtype: "float32", elements: sizeOf(shape) }, offset: 0, terms: [] },
    });
    const made = (rows: number, inner: number, columns: number, division: Division) => {
      const step = {
        kind: "matmul",
        left: dense([rows, inner]),
        right: dense([inner, columns]),
        to: dense([rows, columns]),
        transposeLeft: false,
        transposeRight: false,
      } as const;
      const [kernel] = matmulKernels(step, division);
      const { groups, invocations, inFours = false, subgroups = false, sharedBytes = 0 } = defined(kernel, "kernel");
      return { groups, invocations, inFours, subgroups, sharedBytes };
    };
    const quads = defined(all.quads, "division");
    expect(made(1024, 512, 1024, hardware)).toEqual({
      groups: 256,
      invocations: 256,
      inFours: true,
      subgroups: false,
      sharedBytes: 8192,
    });
    expect(made(64, 512, 64, hardware)).toMatchObject({ groups: 4, invocations: 64, sharedBytes: 4096 });
    expect(made(64, 512, 64, quads)).toMatchObject({ subgroups: true, inFours: true, sharedBytes: 0 });
    expect(made(1, 512, 64, quads)).toMatchObject({ subgroups: false, inFours: true, invocations: 64 });
    expect(made(64, 510, 64, hardware)).toMatchObject({ inFours: false, sharedBytes: 0, groups: 4 });
    expect(made(64, 512, 64, divisions["one workgroup"])).toMatchObject({ inFours: true, sharedBytes: 0 });
  });
});
