/**
 * matmul, compiled to WebAssembly and on backend-cpu, beside the triple loop that one writes first: square matrices, and the
 * shapes of a recurrent step. Results are compared before anything is timed.
 */
import { compile, cpu, Generator, matmul, type Tensor, wasm } from "tapegrad";
import { interleave } from "./interleaved.ts";
import { milliseconds, type Table, times } from "./table.ts";

export type Shape = readonly [rows: number, inner: number, columns: number];

const square = [16, 32, 64, 128, 256, 512, 1024].map((n): Shape => [n, n, n]);
/** [batch, H] × [H, 4H]: what an LSTM multiplies in every time step. */
const recurrent = [1, 32].flatMap((batch) => [64, 128, 256].map((hidden): Shape => [batch, hidden, 4 * hidden]));

/** What JavaScript is not asked to do: it would take seconds. */
const tooMuch = 2 * 1000 ** 3;

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
function checkAgreement(found: ArrayLike<number>, expected: ArrayLike<number>, [, inner]: Shape): void {
  const tolerance = 2 ** -23 * inner;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (!(error <= tolerance))
      throw new Error(`element ${i}: ${found[i]} and ${expected[i]} differ by more than ${tolerance}`);
  }
}

/** Each shape gets `budget` milliseconds; each row is printed by `log` as soon as it is there. */
export async function benchmarkMatmul(budget: number, log: (line: string) => void): Promise<Table> {
  const generator = new Generator(1);
  const [portable, generated] = [await cpu(), await wasm()];
  const columns = [
    "shape",
    "compiled",
    "Gflop/s",
    "naive",
    "backend-cpu",
    "compiled ÷ naive",
    "compiled ÷ backend-cpu",
  ];
  const rows: string[][] = [];
  log(columns.join(" | "));
  for (const shape of [...square, ...recurrent]) {
    const [height, inner, width] = shape;
    const compiled = compile((a: Tensor, b: Tensor) => matmul(a, b));
    const operands = [
      [height, inner],
      [inner, width],
    ].map((size) => generator.uniform(size, { low: -1, high: 1 }));
    const [a, b] = await Promise.all(operands.map((tensor) => tensor.to(generated)));
    const [portableA, portableB] = await Promise.all(operands.map((tensor) => tensor.to(portable)));
    if (!a || !b || !portableA || !portableB) throw new Error("two operands were made");
    const [hostA, hostB] = [Float32Array.from(a.dataSync()), Float32Array.from(b.dataSync())];
    const operations = 2 * height * inner * width;
    checkAgreement(compiled(a, b).dataSync(), matmul(portableA, portableB).dataSync(), shape);
    if (operations < tooMuch) checkAgreement(compiled(a, b).dataSync(), naive(hostA, hostB, shape), shape);

    // Enough repetitions that one timing is well above the clock's resolution.
    const repetitions = Math.max(1, Math.ceil(2e6 / operations));
    const repeat = (work: () => void) => () => {
      for (let i = 0; i < repetitions; i++) work();
    };
    const inJavaScript = [
      { name: "naive", run: repeat(() => naive(hostA, hostB, shape)) },
      { name: "backend-cpu", run: repeat(() => matmul(portableA, portableB)) },
    ];
    const [fast = Number.NaN, ...slow] = interleave(
      [{ name: "compiled", run: repeat(() => compiled(a, b)) }, ...(operations < tooMuch ? inJavaScript : [])],
      { budget },
    ).map(({ median }) => median / repetitions);
    const row = [
      `[${height},${inner}]×[${inner},${width}]`,
      milliseconds(fast),
      (operations / fast / 1e6).toFixed(1),
      ...inJavaScript.map((_, i) => (slow[i] === undefined ? "–" : milliseconds(slow[i]))),
      ...inJavaScript.map((_, i) => (slow[i] === undefined ? "–" : times(fast / slow[i]))),
    ];
    log(row.join(" | "));
    rows.push(row);
  }
  const note = `A triple loop in JavaScript, the portable backend, and \`compile\` on the WebAssembly backend, in turn. A compiled matmul of
its own pays for copying its operands into linear memory and its result out, which inside a training step nobody pays.
Gflop/s are the compiled ones.`;
  return { title: "matmul", note, columns, rows };
}
