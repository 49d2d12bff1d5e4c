/** Numbers that count, and bounds of random numbers: whatever is none is an error in the name of the function, also while recording. */
import { describe, expect, test, vi } from "vitest";
import * as tg from "../src/index.ts";

const { compile, Generator, tensor, TapegradError } = tg;

const x = tensor([
  [1, 2],
  [3, 4],
]);

/** Each takes a number that counts; negative and infinite ones, or lists, where these are said. */
const entrances: Readonly<
  Record<string, { use: (n: number) => unknown; valid: number; negative?: true; infinite?: true; list?: true }>
> = {
  "a shape of zeros": { use: (n) => tg.zeros([n]), valid: 2 },
  "a shape of ones": { use: (n) => tg.ones([2, n]), valid: 2 },
  "a shape of full": { use: (n) => tg.full([n], 1), valid: 2 },
  "a shape of tensor": { use: (n) => tensor([1, 2], { shape: [n] }), valid: 2 },
  "linspace's count": { use: (n) => tg.linspace(0, 1, n), valid: 2 },
  "eye's rows": { use: (n) => tg.eye(n), valid: 2 },
  "eye's columns": { use: (n) => tg.eye(2, n), valid: 2 },
  "oneHot's depth": { use: (n) => tg.oneHot(tensor([0], { dtype: "int32" }), n), valid: 2 },
  "topK's k": { use: (n) => tg.topK(x, n), valid: 2 },
  "split's parts": { use: (n) => tg.split(x, n), valid: 2, list: true },
  "split's parts of nothing": { use: (n) => tg.split(tg.zeros([0]), n), valid: 2, list: true },
  "split's lengths": { use: (n) => tg.split(x, [n, 0]), valid: 2 },
  "pad's width before": {
    use: (n) =>
      tg.pad(x, [
        [n, 0],
        [0, 0],
      ]),
    valid: 2,
  },
  "pad's width after": {
    use: (n) =>
      tg.pad(x, [
        [0, 0],
        [0, n],
      ]),
    valid: 2,
  },
  "broadcastTo's shape": { use: (n) => tg.broadcastTo(x, [n, 2, 2]), valid: 3 },
  "broadcastTo's repetition": { use: (n) => tg.broadcastTo(tg.zeros([1]), [n]), valid: 3 },
  "reshape's length": { use: (n) => tg.reshape(x, [n, 2]), valid: 2, negative: true },
  "slice's start": { use: (n) => tg.slice(x, [n]), valid: 1, negative: true, infinite: true },
  "slice's stop": { use: (n) => tg.slice(x, [0], [n]), valid: 1, negative: true, infinite: true },
  "slice's step": { use: (n) => tg.slice(x, [0], [2], [n]), valid: 1 },
  "sum's axis": { use: (n) => tg.sum(x, { axis: n }), valid: 1, negative: true },
  "one of mean's axes": { use: (n) => tg.mean(x, { axis: [n] }), valid: 1, negative: true },
  "argmax's axis": { use: (n) => tg.argmax(x, { axis: n }), valid: 1, negative: true },
  "softmax's axis": { use: (n) => tg.softmax(x, { axis: n }), valid: 1, negative: true },
  "cumsum's axis": { use: (n) => tg.cumsum(x, { axis: n }), valid: 1, negative: true },
  "sort's axis": { use: (n) => tg.sort(x, { axis: n }), valid: 1, negative: true },
  "take's axis": { use: (n) => tg.take(x, tensor([0], { dtype: "int32" }), { axis: n }), valid: 1, negative: true },
  "concat's axis": { use: (n) => tg.concat([x, x], { axis: n }), valid: 1, negative: true },
  "stack's axis": { use: (n) => tg.stack([x, x], { axis: n }), valid: 1, negative: true },
  "split's axis": { use: (n) => tg.split(x, 2, { axis: n }), valid: 1, negative: true },
  "expandDims's axis": { use: (n) => tg.expandDims(x, { axis: n }), valid: 1, negative: true },
  "squeeze's axis": { use: (n) => tg.squeeze(tg.zeros([1, 1]), { axis: n }), valid: 1, negative: true },
  "flip's axis": { use: (n) => tg.flip(x, { axis: n }), valid: 1, negative: true },
  "transpose's axis": { use: (n) => tg.transpose(x, [0, n]), valid: 1, negative: true },
  "scan's length": { use: (n) => tg.scan((h: tg.Tensor) => [tg.add(h, x), h], x, null, { length: n }), valid: 2 },
  "scan's length beside elements": {
    use: (n) => tg.scan((h: tg.Tensor, row: tg.Tensor) => [tg.add(h, row), h], tg.zeros([2]), x, { length: n }),
    valid: 2,
  },
  checkpointEvery: {
    use: (n) =>
      tg.scan((h: tg.Tensor, row: tg.Tensor) => [tg.add(h, row), h], tg.zeros([2]), x, { checkpointEvery: n }),
    valid: 1,
    list: true,
  },
  "vmap's batch axis": {
    use: (n) => tg.vmap((row: tg.Tensor) => row, { inAxes: n })(x),
    valid: 1,
    negative: true,
  },
  "vmap's axis of results": {
    use: (n) => tg.vmap((row: tg.Tensor) => row, { outAxes: n })(x),
    valid: 1,
    negative: true,
  },
  "a shape of random numbers": { use: (n) => new Generator(1).uniform([n]), valid: 2 },
  "a number of bits": { use: (n) => new Generator(1).bits([2], n), valid: 2 },
  "a permutation's length": { use: (n) => new Generator(1).permutation(n), valid: 2 },
  "a seed": { use: (n) => new Generator(n), valid: 2 },
};

const wrong: readonly unknown[] = [1.5, -1, Number.NaN, Infinity, -Infinity, "2", null, {}, [2], true];

describe.each(Object.entries(entrances))("%s", (name, { use, valid, negative, infinite, list }) => {
  const isFine = (n: unknown) =>
    (negative === true && n === -1) ||
    (infinite === true && Math.abs(Number(n)) === Infinity) ||
    (list === true && Array.isArray(n)) ||
    (name.includes("axis") && Array.isArray(n));
  const asks = wrong.filter((n) => !isFine(n));
  test.each(asks.map((n) => [n]))("%o is refused", (n) => {
    expect(() => use(n as number)).toThrow(TapegradError);
    expect(() => compile(() => void use(n as number))()).toThrow(TapegradError);
    expect(() => use(n as number)).not.toThrow(/internal/);
  });
  test("a valid one passes, also where it is a static argument", () => {
    expect(() => use(valid)).not.toThrow();
    expect(() => compile((n: number) => void use(n), { static: [0] })(valid)).not.toThrow();
  });
  test("as an input of a compiled function it is refused with a way out", () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const compiled = compile((n: number) => void use(n));
    expect(() => compiled(valid)).toThrow(TapegradError);
    expect(() => compiled(valid)).toThrow("compile(fn, { static: [0] })");
  });
});

describe("bounds of random numbers", () => {
  const g = () => new Generator(1);
  const refused: Readonly<Record<string, () => unknown>> = {
    reversed: () => g().uniform([2], { low: 1, high: 0 }),
    "NaN for low": () => g().uniform([2], { low: Number.NaN }),
    "NaN for high": () => g().uniform([2], { high: Number.NaN }),
    "an infinite high": () => g().uniform([2], { high: Infinity }),
    "an infinite low": () => g().uniform([2], { low: -Infinity }),
    "a high beyond float32": () => g().uniform([2], { high: 1e39 }),
    "a range beyond float32": () => g().uniform([2], { low: -3e38, high: 3e38 }),
    "a range beyond float64": () => g().uniform([2], { low: -1.7e308, high: 1.7e308, dtype: "float64" }),
    "a string": () => g().uniform([2], { high: "2" as never }),
    null: () => g().uniform([2], { low: null as never }),
    "a negative probability": () => g().bernoulli(-0.1, [2]),
    "a probability above 1": () => g().bernoulli(1.1, [2]),
    "NaN for a probability": () => g().bernoulli(Number.NaN, [2]),
    "a probability that is a string": () => g().bernoulli("0.5" as never, [2]),
    "null for a probability": () => g().bernoulli(null as never, [2]),
  };
  test.each(Object.entries(refused))("%s", (_, draw) => {
    expect(draw).toThrow(TapegradError);
    expect(() => compile(() => void draw())()).toThrow(TapegradError);
  });

  test("an empty range, and the widest one, are served", () => {
    expect([...g().uniform([2], { low: 3, high: 3 }).dataSync()]).toEqual([3, 3]);
    const widest = g().uniform([64], { low: -1.7e38, high: 1.7e38 }).dataSync();
    expect(widest.every((value) => Math.abs(value) <= Math.fround(1.7e38))).toBe(true);
    const double = g().uniform([4], { low: -3e38, high: 3e38, dtype: "float64" }).dataSync();
    expect(double.every(Number.isFinite)).toBe(true);
    expect(new Set(double).size).toBe(4);
  });
});
