/** Values of Parameters in linear memory: seen by everybody as ever, and no more of them than there are Parameters. */
import { compile } from "@tapegrad/autodiff";
import { HostBackend } from "@tapegrad/backend-cpu";
import { Parameter, type Tensor, tensor } from "@tapegrad/core";
import { add, mul, sum } from "@tapegrad/ops";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LinearMemory } from "../src/memory/linear-memory.ts";
import { Resident } from "../src/memory/resident.ts";
import { on, variants } from "./comparison.ts";

const given = vi.spyOn(LinearMemory.prototype, "allocate");
const back = vi.spyOn(LinearMemory.prototype, "free");
afterEach(() => {
  given.mockClear();
  back.mockClear();
});

describe.each(variants)("%s", (_name, backend) => {
  /** p ← 2p + x, compiled; returns the sum of the new value. */
  const doubling = () =>
    on(backend, () => {
      const p = new Parameter(tensor([1, 2, 3]));
      const step = compile((x: Tensor) => {
        p.assign(add(mul(p.value, 2), x));
        return sum(p.value);
      });
      return { p, step: (x: number) => on(backend, () => step(tensor([x, x, x])).itemSync()) };
    });

  it("follows assignments, compiled and not", () => {
    const { p, step } = doubling();
    expect(step(1)).toBe(15);
    expect(step(0)).toBe(30);
    expect([...p.dataSync()]).toEqual([6, 10, 14]);
    on(backend, () => p.assign(tensor([0, 0, 1])));
    expect(step(0)).toBe(2);
    expect(step(0)).toBe(4);
  });

  it("is printed where it lies: no copy of the value is made, or kept", () => {
    const { p, step } = doubling();
    step(1);
    const reads = [vi.spyOn(Resident.prototype, "read"), vi.spyOn(HostBackend.prototype, "readSync")];
    expect([`${p}`, String(p.value)]).toEqual([
      "Parameter(parameter float32 [3]) [3, 5, 7]",
      "Tensor(float32 [3]) [3, 5, 7]",
    ]);
    for (const read of reads) expect(read).not.toHaveBeenCalled();
    for (const read of reads) read.mockRestore();
  });

  it("a handle to an earlier value keeps it, however often the Parameter changes after", () => {
    const { p, step } = doubling();
    const handles: Tensor[] = [];
    for (let i = 0; i < 5; i++) {
      step(0);
      handles.push(p.value);
      step(0);
    }
    expect(handles.map((handle) => [...handle.dataSync()])).toEqual(
      [2, 8, 32, 128, 512].map((factor) => [factor, 2 * factor, 3 * factor]),
    );
  });

  it("values that nobody holds are given back: memory holds two per Parameter at most", () => {
    const { p, step } = doubling();
    for (let i = 0; i < 3; i++) step(1);
    const before = given.mock.calls.length - back.mock.calls.length;
    for (let i = 0; i < 100; i++) {
      step(1);
      if (i % 10 === 0) p.value.dataSync();
    }
    expect(given.mock.calls.length - back.mock.calls.length).toBe(before);
    expect(given.mock.calls.length).toBeGreaterThan(100);
  });

  it("a call that fails leaves the Parameter as it was, and nothing behind", () => {
    const { p, step } = doubling();
    step(1);
    const value = [...p.dataSync()];
    step(0);
    const before = given.mock.calls.length - back.mock.calls.length;
    given.mockImplementationOnce(() => {
      throw new Error("no more");
    });
    expect(() => step(0)).toThrow("no more");
    expect(given.mock.calls.length - 1 - back.mock.calls.length).toBe(before);
    expect([...p.dataSync()]).toEqual(value.map((x) => 2 * x));
  });

  it("two Parameters that share a value, a Parameter that is assigned another one's, and one that is only read", () => {
    on(backend, () => {
      const shared = tensor([1, 2]);
      const [a, b, c] = [new Parameter(shared), new Parameter(shared), new Parameter(tensor([5, 5]))];
      const swap = compile(() => {
        const before = a.value;
        a.assign(b.value);
        b.assign(add(before, c.value));
      });
      swap();
      swap();
      expect([a, b, c].map((p) => [...p.dataSync()])).toEqual([
        [6, 7],
        [6, 7],
        [5, 5],
      ]);
      expect([...shared.dataSync()]).toEqual([1, 2]);
    });
  });
});
