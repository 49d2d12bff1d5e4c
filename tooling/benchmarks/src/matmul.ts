/**
 * matmul of backend-cpu against the triple loop that one writes first (`pnpm bench`): square matrices, and the shapes of a
 * recurrent step. Results are compared before anything is timed.
 */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend } from "@tapegrad/core";
import { Generator, matmul } from "@tapegrad/ops";
import { interleave } from "./interleaved.ts";

setBackend(cpuBackend);

type Shape = readonly [rows: number, inner: number, columns: number];

const square = [16, 32, 64, 128, 256, 512].map((n): Shape => [n, n, n]);
/** [batch, H] × [H, 4H]: what an LSTM multiplies in every time step. */
const recurrent = [1, 32].flatMap((batch) => [64, 128, 256].map((hidden): Shape => [batch, hidden, 4 * hidden]));

/** C = A·B with the sum over the inner axis in the innermost loop. */
function naive(a: Float32Array, b: Float32Array, [rows, inner, columns]: Shape): Float32Array {
  const c = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += (a[i * inner + k] ?? 0) * (b[k * columns + j] ?? 0);
      c[i * columns + j] = sum;
    }
  }
  return c;
}

/** @throws Error unless every element agrees as far as float32 sums of `inner` products can. */
function checkAgreement(found: ArrayLike<number>, expected: Float32Array, [, inner]: Shape): void {
  const tolerance = 2 ** -23 * inner;
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((found[i] ?? Number.NaN) - value);
    if (!(error <= tolerance))
      throw new Error(`element ${i}: ${found[i]} and ${value} differ by more than ${tolerance}`);
  }
}

const generator = new Generator(1);
const columns = [20, 12, 12, 10, 8];
const row = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(columns[i] ?? 0)).join("");
const time = (milliseconds: number) => `${milliseconds.toPrecision(3)} ms`;

console.log(row(["shape", "naive", "backend-cpu", "Gflop/s", "ratio"]));
for (const shape of [...square, ...recurrent]) {
  const [rows, inner, width] = shape;
  const a = generator.uniform([rows, inner], { low: -1, high: 1 });
  const b = generator.uniform([inner, width], { low: -1, high: 1 });
  const [hostA, hostB] = [Float32Array.from(a.dataSync()), Float32Array.from(b.dataSync())];
  checkAgreement(matmul(a, b).dataSync(), naive(hostA, hostB, shape), shape);

  const operations = 2 * rows * inner * width;
  // Enough repetitions that one timing is well above the clock's resolution.
  const repetitions = Math.max(1, Math.ceil(2e6 / operations));
  const repeat = (work: () => void) => () => {
    for (let i = 0; i < repetitions; i++) work();
  };
  const [plain, blocked] = interleave(
    [
      { name: "naive", run: repeat(() => naive(hostA, hostB, shape)) },
      { name: "backend-cpu", run: repeat(() => matmul(a, b)) },
    ],
    { budget: 400 },
  ).map(({ median }) => median / repetitions);
  if (plain === undefined || blocked === undefined) throw new Error("two contenders were timed");
  const flops = (operations / blocked / 1e6).toFixed(2);
  const name = `[${rows},${inner}]×[${inner},${width}]`;
  console.log(row([name, time(plain), time(blocked), flops, `${(plain / blocked).toFixed(1)}×`]));
}
