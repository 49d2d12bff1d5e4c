/** The kit itself: the reference backend passes it, and a backend with any one kernel broken does not. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, type Buffer, type DType, type Kernel, setBackend, type TypedArray } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { afterAll, expect, test } from "vitest";
import { backendConformance } from "../src/index.ts";

setBackend(cpuBackend);

class WrappedBuffer implements Buffer {
  readonly backend: Backend;
  readonly inner: Buffer;

  constructor(backend: Backend, inner: Buffer) {
    this.backend = backend;
    this.inner = inner;
  }
}

function innerOf(buffer: Buffer): Buffer {
  if (buffer instanceof WrappedBuffer) return buffer.inner;
  throw new Error("a foreign buffer");
}

/** A backend of its own that does as the typed-array one does, except that one kernel's last element is off. */
class WrappedBackend implements Backend {
  readonly name = "wrapped";
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly #dtypes: readonly DType[];

  constructor(broken?: string, dtypes: readonly DType[] = ["bool", "int32", "float32", "float64"]) {
    this.#dtypes = dtypes;
    this.kernels = new Map(
      [...cpuBackend.kernels].map(([name, kernel]) => [
        name,
        (inputs, attributes, output, op) => {
          const operands = inputs.map((input) => ({ ...input, buffer: innerOf(input.buffer) }));
          const result = kernel(operands, attributes, output, op);
          return new WrappedBuffer(this, name === broken ? damaged(result, output.dtype) : result);
        },
      ]),
    );
  }

  supports(dtype: DType): boolean {
    return this.#dtypes.includes(dtype);
  }
  upload(data: TypedArray, dtype: DType): Buffer {
    return new WrappedBuffer(this, cpuBackend.upload(data, dtype));
  }
  async read(buffer: Buffer): Promise<TypedArray> {
    return cpuBackend.read(innerOf(buffer));
  }
  release(): void {}
  async synchronize(): Promise<void> {}
}

/** The last element of float results a hundred units in the last place off, of other results one. */
function damaged(buffer: Buffer, dtype: DType): Buffer {
  const data = cpuBackend.readSync?.(buffer);
  if (data === undefined) throw new Error("the reference reads at once");
  const last = data.length - 1;
  if (last < 0) return buffer;
  const value = data[last] ?? 0;
  const bits = dtype === "float32" ? 23 : 52;
  data[last] = dtype === "bool" ? 1 - value : dtype === "int32" ? value + 1 : value * (1 + 100 * 2 ** -bits) + 1e-30;
  return cpuBackend.upload(data, dtype);
}

async function failures(backend: Backend, only = ""): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of backendConformance(backend, { reference: cpuBackend })) {
    if (!name.startsWith(only)) continue;
    await run().catch((error: unknown) => failed.push(`${name}: ${String(error)}`));
  }
  return failed;
}

test("the reference backend passes, and so does one that wraps it", async () => {
  expect(await failures(cpuBackend)).toEqual([]);
  expect(await failures(new WrappedBackend())).toEqual([]);
});

test("a backend without float64 gets no float64 cases", async () => {
  const narrow = new WrappedBackend(undefined, ["bool", "int32", "float32"]);
  const names = backendConformance(narrow, { reference: cpuBackend }).map(({ name }) => name);
  expect(names.filter((name) => name.endsWith("float64"))).toEqual([]);
  expect(names).not.toContain("cast · to float64 · float32");
  expect(await failures(narrow)).toEqual([]);
});

test("cases are named by op, sample and dtype, and every primitive has some", () => {
  const names = backendConformance(cpuBackend, { reference: cpuBackend }).map(({ name }) => name);
  expect(names).toContain("tanh · saturated · float32");
  expect(new Set(names.map((name) => name.split(" · ")[0]))).toEqual(new Set(Object.keys(primitives)));
  expect(new Set(names).size).toBe(names.length);
});

const mutants = { caught: 0, all: 0 };
afterAll(() => console.log(`kernels broken in their last element: ${mutants.caught} of ${mutants.all} mutants caught`));

test.each(Object.keys(primitives))("a broken %s is found", async (op) => {
  const found = await failures(new WrappedBackend(op), `${op} · `);
  mutants.all += 1;
  if (found.length > 0) mutants.caught += 1;
  expect(found[0]).toMatch(/: TapegradError: \w+: element \d+ is \S+, not \S+: .+ in \w+ \(error \S+ > \S+\)$/);
});
