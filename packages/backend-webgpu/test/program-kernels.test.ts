/** The kernels of single steps against plain loops, on values of every layout, by many workgroups and by one. */
import { dense, type MemoryValue, newStorage, type PlainStep, type Storage, view } from "@tapegrad/compiler";
import { type DType, type Shape, sizeOf } from "@tapegrad/core";
import fc from "fast-check";
import { beforeAll, describe, test } from "vitest";
import type { Device } from "../src/device/gpu.ts";
import { sortScratch } from "../src/kernels/sort.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { Choices, expectAsReferenced as expectOn, type Fill, fillOf, quarters, specials } from "./step-cases.ts";

/** Lengths around those of workgroups, and of what one invocation does alone. */
const length = fc.constantFrom(1, 2, 3, 5, 8, 17, 33, 67, 129, 300);

interface Case {
  readonly shape: Shape;
  readonly axis: number;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc
  .record({
    shape: fc.array(length, { minLength: 1, maxLength: 4 }).filter((shape) => sizeOf(shape) <= 5000),
    axis: fc.nat(11),
    seed: fc.nat(),
  })
  .map(({ shape, axis, seed }) => ({ shape, axis: axis % shape.length, seed }));

let device: Device;

function expectAsReferenced(step: PlainStep, seed: number, fill = fillOf(quarters)): Promise<void> {
  return expectOn({ device, step, seed, fill });
}

/** A step for each of many cases. */
async function checkAll(make: (chosen: Case, choices: Choices) => PlainStep, fill?: Fill, numRuns = 25): Promise<void> {
  await fc.assert(
    fc.asyncProperty(cases, async (chosen) => {
      await expectAsReferenced(make(chosen, new Choices(chosen.seed)), chosen.seed, fill);
    }),
    { numRuns },
  );
}

const reductions = ["sum", "max", "min", "argmax", "argmin"] as const;

function reduction(
  op: (typeof reductions)[number],
  shape: Shape,
  isReduced: readonly boolean[],
  seed: number,
): PlainStep {
  const choices = new Choices(seed);
  const dtype = choices.of<DType>("float32", "float32", "int32", ...(op.startsWith("arg") ? ["bool" as const] : []));
  const from = choices.value(shape, dtype, () => choices.isLucky(0.1));
  const to = choices.value(shape, op.startsWith("arg") ? "int32" : dtype, (axis) => isReduced[axis] === true);
  return { kind: "reduce", op, from, to };
}

interface Indexing {
  readonly mode: "take" | "add";
  readonly dtype: DType;
  /** The table's. */
  readonly shape: Shape;
  readonly axis: number;
  readonly seed: number;
}

/** One list of `count` indices for all slices. */
function bySlice({ mode, dtype, shape, axis, seed }: Indexing, count: Shape): PlainStep {
  const choices = new Choices(seed);
  const table = choices.value(shape, dtype);
  const seen = shape.toSpliced(axis, 1, ...count);
  const isIndex = (at: number) => at >= axis && at < axis + count.length;
  const inner = table.strides.toSpliced(axis, 1, ...count.map(() => 0));
  return {
    kind: "rows",
    mode,
    table: view(table, seen, inner),
    length: shape[axis] ?? 1,
    stride: table.strides[axis] ?? 0,
    indices: choices.value(seen, "int32", (at) => !isIndex(at)),
    rows: choices.value(seen, dtype, (at) => mode === "add" && choices.isLucky(0.1) && at > axis),
  };
}

/** An index for every element. */
function byElement({ mode, dtype, shape, axis, seed }: Indexing, count: number): PlainStep {
  const choices = new Choices(seed);
  const table = choices.value(shape, dtype);
  const seen = shape.with(axis, count);
  return {
    kind: "rows",
    mode,
    table: view(table, seen, table.strides.with(axis, 0)),
    length: shape[axis] ?? 1,
    stride: table.strides[axis] ?? 0,
    indices: choices.value(seen, "int32"),
    rows: choices.value(seen, dtype),
  };
}

/** Indices below `length`, a few of them out of range; and numbers to add or read. */
function indicesAmong(length: number): Fill {
  return (choices, storage) =>
    storage.dtype === "int32" ? choices.below(length + 2) - 1 : fillOf(quarters)(choices, storage);
}

describe.skipIf(withoutAdapter)("kernels of steps", () => {
  beforeAll(async () => {
    device = await requestDevice();
  });

  test("copies", async () => {
    await checkAll(({ shape }, choices) => {
      const dtype = choices.of<DType>("float32", "int32", "bool");
      const from = choices.value(shape, dtype, () => choices.isLucky(0.2));
      return { kind: "copy", from, to: choices.value(shape, dtype) };
    }, fillOf(specials));
  });

  test.each([2.5, -7, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])(
    "copies of %d",
    async (value) => {
      const choices = new Choices(2);
      const shape = [3, 5];
      await expectAsReferenced(
        {
          kind: "copy",
          from: { kind: "constant", shape, dtype: "float32", value },
          to: choices.value(shape, "float32"),
        },
        1,
      );
    },
  );

  test("copies into zeros", async () => {
    await checkAll(({ shape }, choices) => {
      const dtype = choices.of<DType>("float32", "int32", "bool");
      const [low, high, step] = [
        shape.map(() => choices.below(3)),
        shape.map(() => choices.below(3)),
        shape.map(() => choices.of(1, 1, 2, 3)),
      ];
      const each = shape.map(
        (length, axis) => (low[axis] ?? 0) + (length - 1) * (step[axis] ?? 1) + 1 + (high[axis] ?? 0),
      );
      const strides = each.map((_, axis) => sizeOf(each.slice(axis + 1)));
      const isDense = choices.isLucky(0.8);
      const clear = isDense ? view(choices.value(each, dtype), each, strides, 0) : choices.value(each, dtype);
      const whole: MemoryValue = isDense
        ? { ...clear, address: { storage: newStorage(clear), offset: 0, terms: [] } }
        : clear;
      const to = view(
        whole,
        shape,
        whole.strides.map((stride, axis) => stride * (step[axis] ?? 1)),
        whole.strides.reduce((at, stride, axis) => at + stride * (low[axis] ?? 0), 0),
      );
      const from = choices.isLucky(0.2)
        ? ({ kind: "constant", shape, dtype, value: 1 } as const)
        : choices.value(shape, dtype, () => choices.isLucky(0.2));
      return { kind: "copy", from, to, clear: whole };
    }, fillOf(specials));
  });

  test("a copy of nothing into zeros is zeros", async () => {
    const whole = new Choices(3).value([4, 5], "float32");
    const shape = [0, 5];
    await expectAsReferenced(
      {
        kind: "copy",
        from: new Choices(4).value(shape, "float32"),
        to: view(whole, shape, whole.strides),
        clear: whole,
      },
      5,
    );
  });

  test.each(reductions)("%s", async (op) => {
    await checkAll(
      ({ shape, axis, seed }, choices) => {
        const isArg = op.startsWith("arg");
        return reduction(
          op,
          shape,
          shape.map((_, at) => at === axis || (!isArg && choices.isLucky(0.4))),
          seed,
        );
      },
      fillOf(op === "sum" ? quarters : specials),
    );
  });

  test.each<[Shape, readonly boolean[]]>([
    [
      [1100, 260],
      [true, false],
    ],
    [
      [300, 37],
      [true, false],
    ],
    [
      [1500, 40],
      [false, true],
    ],
    [
      [6000, 6],
      [false, true],
    ],
    [
      [3, 5000],
      [false, true],
    ],
    [[70_000], [true]],
    [
      [20, 900, 3],
      [true, false, true],
    ],
  ])("reductions of %j along %j", async (shape, isReduced) => {
    for (const seed of [1, 2]) await expectAsReferenced(reduction("sum", shape, isReduced, seed), seed);
    await expectAsReferenced(reduction("max", shape, isReduced, 3), 4, fillOf(specials));
    if (isReduced.filter(Boolean).length === 1)
      await expectAsReferenced(reduction("argmin", shape, isReduced, 5), 6, fillOf(quarters));
  });

  describe.each(["take", "add"] as const)("%s", (mode) => {
    const dtypes: readonly DType[] = mode === "take" ? ["float32", "int32", "bool"] : ["float32", "int32"];

    test("by slice", async () => {
      await checkAll(({ shape, axis, seed }, choices) => {
        const count = choices.of([], [1], [3], [50], [5, 7]);
        return bySlice(
          {
            mode,
            dtype: choices.of(...dtypes),
            shape: shape.slice(0, 3),
            axis: axis % Math.min(3, shape.length),
            seed,
          },
          count,
        );
      }, indicesAmong(5));
    });

    test("by element", async () => {
      await checkAll(({ shape, axis, seed }, choices) => {
        const small = shape.map((length) => Math.min(length, 17)).slice(0, 3);
        return byElement(
          { mode, dtype: choices.of(...dtypes), shape: small, axis: axis % small.length, seed },
          choices.of(1, 2, 40),
        );
      }, indicesAmong(5));
    });

    test.each<[Shape, number, number]>([
      [[40, 70], 0, 5000],
      [[3000, 9], 0, 700],
      [[3, 200, 150], 1, 90],
      [[10_000], 0, 300],
      [[4], 0, 9000],
    ])("a table of %j along %i, %i indices", async (shape, axis, count) => {
      const rows = bySlice({ mode, dtype: "float32", shape, axis, seed: 8 }, [count]);
      await expectAsReferenced(rows, 9, indicesAmong(shape[axis] ?? 1));
    });
  });

  test("running sums", async () => {
    await checkAll(({ shape, axis }, choices) => {
      const dtype = choices.of<DType>("float32", "int32");
      const from = choices.value(shape, dtype, () => choices.isLucky(0.1));
      return { kind: "cumulate", from, to: choices.value(shape, dtype), axis };
    });
  });

  test.each<[Shape, number]>([
    [[5, 1000], 1],
    [[1000, 5], 0],
    [[1100, 70], 1],
  ])("running sums of %j along %i", async (shape, axis) => {
    const choices = new Choices(10);
    const [from, to] = [choices.value(shape, "float32"), choices.value(shape, "float32")];
    await expectAsReferenced({ kind: "cumulate", from, to, axis }, 11);
  });

  function sorting(shape: Shape, axis: number, descending: boolean, seed: number): PlainStep {
    const choices = new Choices(seed);
    const dtype = choices.of<DType>("float32", "int32", "bool");
    const scratch: Storage = { dtype: "int32", elements: sortScratch(shape, axis, dtype) };
    return {
      kind: "sort",
      from: choices.value(shape, dtype, () => choices.isLucky(0.1)),
      to: choices.value(shape, "int32"),
      scratch: {
        kind: "memory",
        shape: [scratch.elements],
        dtype: "int32",
        strides: [1],
        address: { storage: scratch, offset: 0, terms: [] },
      },
      axis,
      descending,
    };
  }

  test("sorting", async () => {
    await checkAll(({ shape, axis, seed }, choices) => sorting(shape, axis, choices.isLucky(), seed), fillOf(specials));
  });

  test.each<[Shape, number]>([
    [[1024], 0],
    [[1025], 0],
    [[2, 3000], 1],
    [[5000, 3], 0],
  ])("sorting %j along %i", async (shape, axis) => {
    for (const seed of [12, 13, 14])
      await expectAsReferenced(sorting(shape, axis, seed % 2 === 0, seed), seed, fillOf(specials));
  });

  test("random bits", async () => {
    await checkAll(
      ({ shape }, choices) => ({
        kind: "randomBits",
        bits: choices.of(1, 8, 24, 31),
        state: dense({ shape: [3], dtype: "int32" }),
        to: choices.value(shape, "int32"),
      }),
      undefined,
      15,
    );
  });

  test("iota", async () => {
    const floats = new Choices(15).value([300], "float32");
    await expectAsReferenced({ kind: "iota", start: -3.5, step: 0.25, to: floats }, 16);
    await expectAsReferenced({ kind: "iota", start: 16_777_217, step: 3, to: floats }, 17);
    await expectAsReferenced({ kind: "iota", start: Number.NEGATIVE_INFINITY, step: 1, to: floats }, 17);
    const integers = new Choices(18).value([300], "int32");
    await expectAsReferenced({ kind: "iota", start: 7, step: -3, to: integers }, 19);
  });
});
