/** Tensors and Parameters as text: values as NumPy prints them, and what there is to say where there are none. */
import { inspect } from "node:util";
import { compile, grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { arange, mul, reshape, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  type Backend,
  DTypeError,
  fromBuffer,
  Parameter,
  type Shape,
  setBackend,
  sizeOf,
  type Tensor,
  TraceError,
  tensor,
  withParameters,
} from "../src/index.ts";

setBackend(cpuBackend);

const counting = (shape: Shape) => reshape(arange(sizeOf(shape)), [...shape]);

describe("integers, exactly as NumPy 2.4 prints them with commas", () => {
  it.each([
    [[], "Tensor(int32 []) 0"],
    [[0, 3], "Tensor(int32 [0,3]) []"],
    [[1, 3], "Tensor(int32 [1,3]) [[0, 1, 2]]"],
    [[1001], "Tensor(int32 [1001]) [   0,    1,    2, ...,  998,  999, 1000]"],
    [
      [2, 2, 3],
      `Tensor(int32 [2,2,3])
[[[ 0,  1,  2],
  [ 3,  4,  5]],

 [[ 6,  7,  8],
  [ 9, 10, 11]]]`,
    ],
    [
      [40],
      `Tensor(int32 [40])
[ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
 36, 37, 38, 39]`,
    ],
    [
      [6, 200],
      `Tensor(int32 [6,200])
[[   0,    1,    2, ...,  197,  198,  199],
 [ 200,  201,  202, ...,  397,  398,  399],
 [ 400,  401,  402, ...,  597,  598,  599],
 [ 600,  601,  602, ...,  797,  798,  799],
 [ 800,  801,  802, ...,  997,  998,  999],
 [1000, 1001, 1002, ..., 1197, 1198, 1199]]`,
    ],
    [
      [100, 12],
      `Tensor(int32 [100,12])
[[   0,    1,    2, ...,    9,   10,   11],
 [  12,   13,   14, ...,   21,   22,   23],
 [  24,   25,   26, ...,   33,   34,   35],
 ...,
 [1164, 1165, 1166, ..., 1173, 1174, 1175],
 [1176, 1177, 1178, ..., 1185, 1186, 1187],
 [1188, 1189, 1190, ..., 1197, 1198, 1199]]`,
    ],
  ])("%j", (shape, text) => {
    expect(String(counting(shape))).toBe(text);
  });
});

test("other values: the shortest decimal of six digits at most, signs of zero, what is no number, booleans", () => {
  expect(`${tensor([0.1, 1 / 3, -0, NaN, -Infinity, 1e-20, 16777216])}`).toBe(
    "Tensor(float32 [7])\n[      0.1,  0.333333,        -0,       NaN, -Infinity,     1e-20,\n  16777216]",
  );
  expect(`${tensor([true, false])}`).toBe("Tensor(bool [2]) [ true, false]");
  expect(`${tensor(Math.PI, { dtype: "float64" })}`).toBe("Tensor(float64 []) 3.14159");
});

test("what is shown in full reads back as the values, for any shape", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
  fc.assert(
    fc.property(shapes, fc.infiniteStream(fc.double({ noNaN: true, min: -1e30, max: 1e30 })), (shape, stream) => {
      const values = Array.from({ length: sizeOf(shape) }, () => stream.next().value ?? 0);
      const t = tensor(Float64Array.from(values), { shape });
      const text = String(t).replace(/^Tensor\([^)]*\)/, "");
      const nested: unknown = JSON.parse(text);
      const flat = [nested].flat(Number.POSITIVE_INFINITY).map(Number);
      expect(tensor(flat, { shape, dtype: "float64" }).shape).toEqual(shape);
      for (const [i, value] of values.entries())
        expect(Math.abs((flat[i] ?? 0) - value)).toBeLessThanOrEqual(Math.abs(value) * 5e-6);
    }),
    { numRuns: 50 },
  );
});

describe("in the console of Node", () => {
  it.each(["cpu", "wasm"])("values, of a result of compiled code as well, on %s", (name) => {
    setBackend(name === "cpu" ? cpuBackend : wasmBackend());
    const double = compile((x: Tensor) => mul(x, 2));
    expect(inspect(double(tensor([1, 2])))).toBe("Tensor(float32 [2]) [2, 4]");
    setBackend(cpuBackend);
  });

  test("less of what is inside something else", () => {
    expect(inspect({ loss: tensor(2), all: counting([5, 40]) })).toBe(`{
  loss: Tensor(float32 []) 2,
  all: Tensor(int32 [5,40])
  [[  0,   1, ...,  38,  39],
   [ 40,  41, ...,  78,  79],
   ...,
   [120, 121, ..., 158, 159],
   [160, 161, ..., 198, 199]]
}`);
  });

  test("Parameters, with their names, and as they are bound here", () => {
    const p = new Parameter(Int32Array.of(1, 2), { name: "state" });
    expect([inspect(p), `${p}`]).toEqual(new Array(2).fill("Parameter(state int32 [2]) [1, 2]"));
    withParameters([p], [tensor([5, 6])], () => expect(`${p}`).toBe("Parameter(state int32 [2]) [5, 6]"));
  });
});

test("a browser's console shows shape and dtype at once, and offers the text", () => {
  const t = tensor([1, 2]);
  expect(Object.keys(t)).toEqual(expect.arrayContaining(["shape", "dtype"]));
  expect([t.text, Object.prototype.toString.call(t)]).toEqual([String(t), "[object Tensor(float32 [2])]"]);
  expect(new Parameter(t, { name: "w" }).text).toBe("Parameter(w float32 [2]) [1, 2]");
});

describe("without values to be seen", () => {
  test("disposed of, and on a device that cannot wait", () => {
    const t = tensor([1]);
    t.dispose();
    expect([`${t}`, inspect(t)]).toEqual(new Array(2).fill("Tensor(float32 [1], disposed)"));
    const device: Backend = {
      ...cpuBackend,
      name: "device",
      kernels: new Map(),
      supports: () => true,
      release: () => {},
    };
    const there = fromBuffer({ shape: [2], dtype: "float32" }, { backend: device });
    expect(`${there}`).toBe("Tensor(float32 [2], on device: await t.data() for its values)");
    const lost = {
      ...device,
      readSync: () => {
        throw new Error("lost");
      },
    };
    expect(`${fromBuffer({ shape: [], dtype: "bool" }, { backend: lost })}`).toBe("Tensor(bool [], unreadable: lost)");
  });

  test("being recorded, which printing does not change", () => {
    const [p, texts] = [new Parameter([1], { name: "w" }), [] as string[]];
    const other = new Parameter([2]);
    const f = compile((x: Tensor) => {
      texts.push(`${x}`, inspect(p), `${other}`);
      return mul(x, p);
    });
    expect(f.program(tensor([3])).inputs).toHaveLength(2);
    expect(texts).toEqual([
      "Tensor(float32 [1], symbolic: it is being recorded and has no values)",
      "Parameter(w float32 [1], being recorded: its value is not known here)",
      "Parameter(parameter float32 [1], being recorded: its value is not known here)",
    ]);
    const left: (Tensor | Parameter)[] = [];
    compile((x: Tensor) => {
      left.push(x, new Parameter([1], { name: "own" }));
      return x;
    })(tensor([1]));
    const over = "symbolic: its recording is over and it has no values";
    expect(left.map(String)).toEqual([`Tensor(float32 [1], ${over})`, `Parameter(own float32 [1], ${over})`]);
    const seen = grad((x: Tensor) => {
      texts.push(inspect(x));
      return sum(mul(x, x));
    })(tensor([3]));
    expect([texts.at(-1), `${seen}`]).toEqual(["Tensor(float32 [1]) [3]", "Tensor(float32 [1]) [6]"]);
  });
});

describe("as a number it is an error still", () => {
  const misuses: readonly ((x: never) => unknown)[] = [
    (x) => x + 1,
    (x) => 1 - x,
    (x) => x > 0,
    (x) => +x,
    (x) => Math.max(x, 1),
    (x) => x ** 2,
  ];
  it.each(misuses.map((misuse) => [String(misuse), misuse] as const))("%s", (_, misuse) => {
    const use = (x: unknown) => Reflect.apply(misuse, undefined, [x]);
    expect(() => use(tensor(1))).toThrow(DTypeError);
    expect(() => use(new Parameter(1))).toThrow("Parameter: parameter was used as a number");
    const inside = (x: Tensor) => {
      use(x);
      return x;
    };
    expect(() => compile(inside)(tensor(1))).toThrow(TraceError);
  });
});
