/** Platforms that validate WebAssembly and do not let it be compiled, or run: from the beginning, or from some moment on. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let lines: string[] = [];
beforeEach(() => {
  vi.resetModules();
  lines = [];
  vi.spyOn(console, "warn").mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => void vi.restoreAllMocks());

const told = () => lines.filter((line) => !line.includes("two copies"));

/** Modules as they are where nobody has asked anything yet. */
async function fresh() {
  const { compile } = await import("@tapegrad/autodiff");
  const { withBackend, tensor } = await import("@tapegrad/core");
  const { mul, sum } = await import("@tapegrad/ops");
  const wasm = await import("../src/index.ts");
  return { compile, withBackend, tensor, mul, sum, ...wasm };
}

function refuse(what: "Module" | "Instance"): ReturnType<typeof vi.spyOn> {
  return vi.spyOn(WebAssembly, what).mockImplementation(function refused(): never {
    throw new WebAssembly.CompileError("code generation disallowed by embedder");
  });
}

describe.each(["Module", "Instance"] as const)("where new WebAssembly.%s is refused", (what) => {
  it("wasm() says what to allow", async () => {
    refuse(what);
    const { wasm, wasmFeatures } = await fresh();
    expect(wasmFeatures().simd).toBe(true);
    await expect(wasm()).rejects.toThrow(
      "wasm: WebAssembly may not be compiled here (code generation disallowed by embedder); allow 'wasm-unsafe-eval'",
    );
    expect(told()).toEqual([]);
  });

  it("later, Programs are run op by op, which is said once and not tried again", async () => {
    const { compile, withBackend, tensor, mul, sum, createBackend } = await fresh();
    const backend = createBackend(false);
    const x = withBackend(backend, () => tensor([1, 2, 3]));
    const square = compile((t: typeof x) => mul(t, t));
    expect([...square(x).dataSync()]).toEqual([1, 4, 9]);
    const attempts = refuse(what);
    const total = compile((t: typeof x) => sum(mul(t, t)));
    expect(total(x).itemSync()).toBe(14);
    const tried = attempts.mock.calls.length;
    expect(compile((t: typeof x) => sum(t))(x).itemSync()).toBe(6);
    expect(attempts.mock.calls.length).toBe(tried);
    expect([...square(x).dataSync()]).toEqual([1, 4, 9]); // Compiled before, and still there.
    expect(told()).toEqual([expect.stringContaining("Portable kernels compute, several")]);
  });
});
