/** The backend that the umbrella takes when nobody chose one, and that it takes none where somebody did. */
import { beforeEach, expect, it, vi } from "vitest";

beforeEach(() => {
  vi.resetModules();
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

it("is the one of wasm()", async () => {
  const { currentBackend, tensor, wasm } = await import("tapegrad");
  const [before, backend] = [tensor([1]), await wasm()];
  expect(before.backend).toBe(backend);
  expect(currentBackend()).toBe(backend);
});

it("where there is no WebAssembly it is the one of cpu(), which is said", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  try {
    const { add, compile, cpu, currentBackend } = await import("tapegrad");
    expect(add(1, 2).itemSync()).toBe(3);
    expect(compile((x: ReturnType<typeof add>) => x.mul(x))(add(1, 2)).itemSync()).toBe(9);
    expect(currentBackend()).toBe(await cpu());
    expect(console.warn).toHaveBeenCalledWith(expect.stringContaining("this platform has no WebAssembly SIMD"));
  } finally {
    vi.unstubAllGlobals();
  }
});

it("is not taken where one was chosen, before the umbrella was loaded or after", async () => {
  const core = await import("@tapegrad/core");
  const { HostBackend, kernelTable } = await import("@tapegrad/backend-cpu");
  const mine = new HostBackend("mine", { kernels: kernelTable });
  core.setBackend(mine);
  const { currentBackend, setBackend, tensor, withBackend } = await import("tapegrad");
  expect(currentBackend()).toBe(mine);
  const other = new HostBackend("other", { kernels: kernelTable });
  expect(withBackend(other, () => tensor([1])).backend).toBe(other);
  setBackend(other);
  expect(tensor([1]).backend).toBe(other);
  const { hostBackend } = await import("@tapegrad/backend-cpu/host");
  expect(hostBackend("wasm").isEquipped).toBe(false);
});
