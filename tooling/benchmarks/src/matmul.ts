/**
 * matmul, compiled to WebAssembly, beside a naive triple loop, backend-cpu and jax-js: square matrices, and the shapes of a
 * recurrent step. Results are compared before the timing.
 */
import { compile, cpu, Generator, matmul, type Tensor, wasm } from "tapegrad";
import type { Peer } from "./peer.ts";
import type { Log, Report } from "./report.ts";
import { gigaflops, milliseconds, times } from "./table.ts";
import { atLeast, type Verdict } from "./targets.ts";
import { type Runner, ratioOf, takeTurns } from "./turns.ts";

export type Shape = readonly [rows: number, inner: number, columns: number];

export interface MatmulOptions {
  /** jax-js; absent if it is not to be measured. */
  readonly jax: Peer | undefined;
  /** Milliseconds for each shape that count. */
  readonly budget: number;
}

const square = [16, 32, 64, 128, 256, 512, 1024].map((n): Shape => [n, n, n]);
/** [batch, H] × [H, 4H]: what an LSTM multiplies in every time step. */
const recurrent = [1, 32].flatMap((batch) => [64, 128, 512].map((hidden): Shape => [batch, hidden, 4 * hidden]));

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
export function checkAgreement(found: ArrayLike<number>, expected: ArrayLike<number>, [, inner]: Shape): void {
  const tolerance = 2 ** -23 * inner;
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (!(error <= tolerance))
      throw new Error(`element ${i}: ${found[i]} and ${expected[i]} differ by more than ${tolerance}`);
  }
}

/** `work` as a runner; what is quicker than the clock is timed `repetitions` at a time. */
function runnerOf(work: () => void, repetitions: number): Runner {
  return {
    run: async (steps) =>
      Array.from({ length: steps }, () => {
        const began = performance.now();
        for (let i = 0; i < repetitions; i++) work();
        return (performance.now() - began) / repetitions;
      }),
  };
}

interface Measured {
  readonly shape: Shape;
  /** Median milliseconds. */
  readonly compiled: number;
  /** Median milliseconds and how many times as fast the compiled one is, in the order of `rivals`. */
  readonly others: readonly ({ readonly median: number; readonly speedup: number } | undefined)[];
}

const rivals = ["naive", "backend-cpu", "jax-js"] as const;

async function measure(shape: Shape, { jax, budget }: MatmulOptions): Promise<Measured> {
  const generator = new Generator(1);
  const [height, inner, width] = shape;
  const uniform = (rows: number, columns: number) => generator.uniform([rows, columns], { low: -1, high: 1 });
  const operands = [uniform(height, inner), uniform(inner, width)] as const;
  const on = async (backend: Awaited<ReturnType<typeof cpu>>) =>
    [await operands[0].to(backend), await operands[1].to(backend)] as const;
  const [a, b] = await on(await wasm());
  const [portableA, portableB] = await on(await cpu());
  const [hostA, hostB] = [Float32Array.from(a.dataSync()), Float32Array.from(b.dataSync())];
  const compiled = compile((x: Tensor, y: Tensor) => matmul(x, y));
  const operations = operationsOf(shape);
  const inJavaScript = operations < tooMuch;

  const product = compiled(a, b).dataSync();
  if (inJavaScript) checkAgreement(product, naive(hostA, hostB, shape), shape);
  checkAgreement(product, matmul(portableA, portableB).dataSync(), shape);
  if (jax !== undefined) checkAgreement(await jax.multiply(a, b), product, shape);

  const repetitions = Math.max(1, Math.ceil(2e5 / operations));
  const others = [
    inJavaScript ? runnerOf(() => naive(hostA, hostB, shape), repetitions) : undefined,
    inJavaScript ? runnerOf(() => matmul(portableA, portableB), repetitions) : undefined,
    jax,
  ];
  const present = others.filter((runner) => runner !== undefined);
  const ours = runnerOf(() => void compiled(a, b), repetitions);
  const [mine, ...theirs] = await takeTurns([ours, ...present], { turn: 20, warmUp: 100, budget });
  if (mine === undefined) throw new Error("one runner at least was timed");
  return {
    shape,
    compiled: mine.median,
    others: others.map((runner) => {
      const turns = runner === undefined ? undefined : theirs[present.indexOf(runner)];
      return turns && { median: turns.median, speedup: 1 / ratioOf(mine, turns) };
    }),
  };
}

function operationsOf([height, inner, width]: Shape): number {
  return 2 * height * inner * width;
}

function gigaflopsOf({ shape, compiled }: Measured): number {
  return operationsOf(shape) / compiled / 1e6;
}

function verdictsOf(measured: readonly Measured[]): Verdict[] {
  const squareOf = (n: number) => measured.find(({ shape }) => shape.every((length) => length === n));
  const beside = [256, 512, 1024].map((n) => {
    const found = squareOf(n);
    const jax = found?.others[rivals.indexOf("jax-js")];
    return atLeast(
      `matmul n = ${n}: Gflop/s ÷ jax-js's`,
      jax?.speedup,
      1.6,
      times,
      found && jax
        ? `${gigaflops(gigaflopsOf(found))}, jax-js ${gigaflops(operationsOf(found.shape) / jax.median / 1e6)}`
        : "",
    );
  });
  const small = squareOf(64);
  return [...beside, atLeast("matmul n = 64", small && gigaflopsOf(small), 20, gigaflops)];
}

/** Each row is printed by `log` as soon as it is there. */
export async function benchmarkMatmul(options: MatmulOptions, log: Log): Promise<Report> {
  const columns = ["shape", "compiled", "Gflop/s", ...rivals, ...rivals.map((name) => `${name} ÷ compiled`)];
  const rows: string[][] = [];
  const measured: Measured[] = [];
  log(columns.join(" | "));
  for (const shape of [...square, ...recurrent]) {
    const found = await measure(shape, options);
    const [height, inner, width] = shape;
    const row = [
      `[${height},${inner}]×[${inner},${width}]`,
      milliseconds(found.compiled),
      gigaflopsOf(found).toFixed(1),
      ...found.others.map((other) => (other === undefined ? "–" : milliseconds(other.median))),
      ...found.others.map((other) => (other === undefined ? "–" : times(other.speedup))),
    ];
    log(row.join(" | "));
    rows.push(row);
    measured.push(found);
  }
  const note = `\`compile\` on the WebAssembly backend, a triple loop in JavaScript, the portable backend, and jax-js (\`jit\`), in turn. A
compiled matmul of its own pays for copying its operands into linear memory and its result out, which inside a training step
nobody pays; jax-js is not asked to copy. Gflop/s are the compiled ones; ÷: how many times as long the other takes.`;
  return { tables: [{ title: "matmul", note, columns, rows }], verdicts: verdictsOf(measured) };
}
