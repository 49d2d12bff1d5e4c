import { cond, scan } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { add, argmax, cast, full, matmul, maximum, mul, neg, relu, slice, sum, tanh, transpose } from "@tapegrad/ops";
import { beforeAll, expect, test } from "vitest";
import {
  Parameter,
  type Program,
  print,
  setBackend,
  type Tensor,
  type TensorType,
  tensor,
  trace,
} from "../src/index.ts";
import { defined } from "../src/internal.ts";

beforeAll(() => setBackend(cpuBackend));

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: "float32" });

/** The Program of a function of tensors of these types. */
function programOf(fn: (...x: Tensor[]) => unknown, ...types: TensorType[]): Program {
  return trace((inputs) => fn(...inputs), types).program;
}

test("prints one line per node with shapes, attributes where there are any", () => {
  const program = programOf(
    (x, w, b) => {
      const h = tanh(add(matmul(defined(x, "x"), defined(w, "w")), defined(b, "b")));
      return { h, best: argmax(h, { axis: 1 }) };
    },
    f32(2, 3),
    f32(3, 4),
    f32(4),
  );
  expect(print(program)).toBe(`\
program(%0: float32 [2,3], %1: float32 [3,4], %2: float32 [4])
  %3: float32 [2,4] = matmul(%0, %1) { transposeLeft: false, transposeRight: false }
  %4: float32 [2,4] = add(%3, %2)
  %5: float32 [2,4] = tanh(%4)
  %6: int32 [2,1] = argmax(%5) { axis: -1 }
  %7: int32 [2] = reshape(%6) { shape: [2] }
  return %5, %7`);
});

test("prints bodies of loops and branches indented below their node, captures as inputs", () => {
  const w = new Parameter([[1, 2]]);
  const program = programOf(
    (h, xs) =>
      scan(
        (c: Tensor, x: Tensor) => [
          cond(
            sum(x),
            (y: Tensor) => mul(y, w),
            (y: Tensor) => y,
            c,
          ),
          null,
        ],
        defined(h, "h"),
        defined(xs, "xs"),
      )[0],
    f32(1, 2),
    f32(5, 2),
  );
  expect(print(program)).toBe(`\
program(%0: float32 [1,2], %1: float32 [5,2], %2: float32 [1,2])
  %3: float32 [1,2], %4: float32 [5,1,2] = scan(%0, %1, %2) { carries: 1, elements: 1, length: 5, reverse: false, history: true, stored: 0 }
    body = program(%0: float32 [1,2], %1: float32 [2], %2: float32 [1,2])
      %3: float32 [1] = sum(%1) { axes: [-1] }
      %4: float32 [] = reshape(%3) { shape: [] }
      %5: bool [] = cast(%4) { dtype: "bool" }
      %6: float32 [1,2] = cond(%5, %0, %2)
        whenTrue = program(%0: float32 [1,2], %1: float32 [1,2])
          %2: float32 [1,2] = mul(%0, %1)
          return %2
        whenFalse = program(%0: float32 [1,2], %1: float32 [1,2])
          return %0
      return %6
  return %3`);
});

test("prints numbers that JSON lacks", () => {
  const program = programOf((x) => {
    const y = maximum(maximum(defined(x, "x"), -Infinity), Number.NaN);
    return [y, full([2], -0)];
  }, f32(1));
  expect(print(program)).toBe(`\
program(%0: float32 [1])
  %1: float32 [] = full() { shape: [], value: -Infinity, dtype: "float32" }
  %2: float32 [1] = maximum(%0, %1)
  %3: float32 [] = full() { shape: [], value: NaN, dtype: "float32" }
  %4: float32 [1] = maximum(%2, %3)
  %5: float32 [2] = full() { shape: [2], value: -0, dtype: "float32" }
  return %4, %5`);
});

test("values are numbered in the order of their appearance, so equal Programs print alike", () => {
  const f = (x?: Tensor) => slice(transpose(defined(x, "x")), [0, 1]);
  neg(tensor(1));
  expect(print(programOf(f, f32(2, 3)))).toBe(print(programOf(f, f32(2, 3))));
});

test("an empty Program, an input given back, one given back twice", () => {
  expect(print(programOf(() => []))).toBe("program()\n  return ");
  expect(print(programOf((x) => [x, x], f32()))).toBe("program(%0: float32 [])\n  return %0, %0");
});

test("lastUses says after which node each value can be let go, results never", () => {
  const program = programOf((x) => {
    const a = neg(defined(x, "x"));
    const b = relu(a);
    return [mul(a, b), b];
  }, f32(2));
  const uses = program.nodes.map((node) => program.lastUses.get(node));
  const [x] = program.inputs;
  const [a] = program.nodes[0]?.outputs ?? [];
  expect(uses).toEqual([[x?.id], [], [a?.id]]);
});

test("a value that nothing reads is let go at once: an output of a region", () => {
  const program = programOf((x) => {
    const [carry] = scan((c: Tensor) => [neg(c), cast(c, "int32")], defined(x, "x"), null, { length: 3 });
    return carry;
  }, f32());
  const [node] = program.nodes;
  const unread = node?.outputs.slice(1).map(({ id }) => id);
  expect(program.lastUses.get(defined(node, "scan"))).toEqual(expect.arrayContaining(unread ?? []));
});
