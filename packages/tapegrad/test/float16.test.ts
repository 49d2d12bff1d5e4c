/** float16 is stored in two bytes; ops compute in float32 and round once: eager and compiled, on both backends, and in training. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { nearest } from "@tapegrad/core/internal";
import {
  Adam,
  add,
  type Backend,
  cast,
  compile,
  concat,
  decodeTensors,
  encodeTensors,
  full,
  Generator,
  grad,
  Linear,
  LSTM,
  logSoftmax,
  matmul,
  memory,
  mseLoss,
  mul,
  scan,
  setDefaultDType,
  slice,
  softmax,
  sub,
  sum,
  Tape,
  type Tensor,
  tanh,
  tensor,
  transpose,
  withBackend,
  zerosLike,
} from "tapegrad";
import { describe, expect, test } from "vitest";

const half = { dtype: "float16" } as const;
const values = (x: Tensor) => [...x.dataSync()];

describe.each([
  ["cpu", cpuBackend],
  ["wasm", wasmBackend()],
] as const)("on %s", (_, backend: Backend) => {
  const on = <T>(run: () => T): T => withBackend(backend, run);
  const random = (shape: number[], seed: number) => new Generator(seed).normal(shape, half);

  test("a tensor gives the values that its bits stand for, as a Float32Array", () => {
    const x = on(() => tensor([0.1, 65520, -1e-9, Number.NaN], half));
    expect(x.dataSync()).toEqual(Float32Array.of(nearest(0.1, "float16"), Infinity, -0, Number.NaN));
    expect(String(x)).toContain("float16");
    expect(on(() => zerosLike(x)).dtype).toBe("float16");
  });

  test("an element takes two bytes", () => {
    on(() => {
      const before = memory().bytes;
      const x = tensor(new Float32Array(1000), half);
      expect(memory().bytes - before).toBe(2000);
      x.dispose();
    });
  });

  const step = (x: Tensor, w: Tensor): Tensor[] => {
    const product = matmul(x, w);
    const moved = concat([transpose(product), slice(transpose(x), [0, 0], [3, 4])], { axis: 0 });
    return [product, moved, softmax(moved), logSoftmax(moved), mul(moved, 0.1), sum(moved, { axis: 0 })];
  };

  test("every op rounds once what float32 gives", () => {
    on(() => {
      const [x, w] = [random([4, 6], 1), random([6, 5], 2)];
      const wide = matmul(cast(x, "float32"), cast(w, "float32"));
      expect(values(matmul(x, w))).toEqual(values(wide).map((value) => nearest(value, "float16")));
    });
  });

  test("a compiled function gives what ops give, with its gradient", () => {
    on(() => {
      const [x, w] = [random([4, 6], 1), random([6, 5], 2)];
      const loss = ([a, b]: [Tensor, Tensor]) =>
        step(a, b)
          .map((y) => sum(tanh(y)))
          .reduce(add);
      const all = (a: Tensor, b: Tensor) => [...step(a, b), ...grad(loss)([a, b])];
      const [eager, compiled] = [all(x, w), compile(all)(x, w)];
      for (const [i, y] of eager.entries()) {
        expect(y.dtype).toBe("float16");
        const other = values(compiled[i] ?? y);
        for (const [j, value] of values(y).entries())
          expect(Math.abs(value - (other[j] ?? Number.NaN))).toBeLessThanOrEqual(
            2 ** -9 * Math.max(1, Math.abs(value)),
          );
      }
    });
  });

  test("a loop with carries and elements in float16, and its gradient", () => {
    on(() => {
      const [h, xs] = [random([3], 1), random([5, 3], 2)];
      const run = ([start, inputs]: [Tensor, Tensor]) => {
        const [last, outputs] = scan(
          (carry: Tensor, x: Tensor): [Tensor, Tensor] => {
            const next = tanh(add(mul(carry, 0.5), x));
            return [next, mul(next, next)];
          },
          start,
          inputs,
        );
        return add(sum(last), sum(outputs));
      };
      const all = (a: Tensor, b: Tensor) => [run([a, b]), ...grad(run)([a, b])];
      const [eager, compiled] = [all(h, xs), compile(all)(h, xs)];
      expect(compiled.map(({ dtype }) => dtype)).toEqual(["float16", "float16", "float16"]);
      for (const [i, y] of eager.entries())
        expect(Math.max(...values(sub(y, compiled[i] ?? y)).map(Math.abs))).toBeLessThanOrEqual(2 ** -8);
    });
  });

  test("Adam keeps its state in float32, and trains an LSTM in float16, eager and compiled", () => {
    on(() => {
      setDefaultDType("float16");
      const lstm = new LSTM(2, 4, { generator: new Generator(1) });
      const x = random([3, 5, 2], 4);
      const y = full([3, 5, 4], 0.5);
      const optimizer = new Adam(lstm.parameters(), { learningRate: 0.05 });
      setDefaultDType("float32");
      const train = () => {
        const tape = new Tape();
        const loss = tape.record(() => mseLoss(lstm.forward(x).output, y));
        optimizer.step(tape.gradient(loss, optimizer.parameters));
        return loss;
      };
      const first = train();
      const compiled = compile(train);
      const losses = Array.from({ length: 12 }, () => compiled().itemSync());
      expect(first.dtype).toBe("float16");
      expect(new Set(lstm.parameters().map(({ dtype }) => dtype))).toEqual(new Set(["float16"]));
      expect(optimizer.stateDict()["secondMoment.0"]?.dtype).toBe("float32");
      expect(losses.every(Number.isFinite)).toBe(true);
      expect(losses.at(-1)).toBeLessThan(first.itemSync() / 2);
    });
  });

  test("a file has F16, and fits a Parameter in float32", async () => {
    const given = on(() => random([3, 2], 5));
    const file = await encodeTensors({ weight: given });
    expect(new TextDecoder().decode(file)).toContain('"F16"');
    const tensors = on(() => decodeTensors(file));
    expect(tensors.weight?.dtype).toBe("float16");
    const model = on(() => new Linear(2, 3, { bias: false, generator: new Generator(1) }));
    model.loadStateDict(tensors);
    expect(model.weight.dtype).toBe("float32");
    expect(values(model.weight.value)).toEqual(values(given));
  });
});
