/** Pieces of memory: apart, aligned, reused, and refused with a number when there are no more. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { LinearMemory } from "../src/memory/linear-memory.ts";

function newMemory(maximum = 200): LinearMemory {
  return new LinearMemory(new WebAssembly.Memory({ initial: 2, maximum }));
}

it("pieces given out never overlap, whatever was given back before", () => {
  const actions = fc.array(fc.record({ bytes: fc.integer({ min: 0, max: 200_000 }), back: fc.nat() }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(actions, (list) => {
      const memory = newMemory();
      const held: { from: number; to: number }[] = [];
      for (const { bytes, back } of list) {
        const from = memory.allocate(bytes);
        const to = from + bytes;
        expect(from % 64).toBe(0);
        expect(from).toBeGreaterThanOrEqual(65536);
        expect(to).toBeLessThanOrEqual(memory.memory.buffer.byteLength);
        for (const other of held) expect(to <= other.from || from >= other.to).toBe(true);
        held.push({ from, to });
        if (back % 3 !== 0) for (const { from: address } of held.splice(back % held.length, 1)) memory.free(address);
      }
    }),
  );
});

it("what is given back and taken again does not make the memory grow", () => {
  const memory = newMemory();
  const round = () => {
    const addresses = [100_000, 5, 70_000, 1].map((bytes) => memory.allocate(bytes));
    for (const address of addresses.toReversed()) memory.free(address);
  };
  round();
  const { byteLength } = memory.memory.buffer;
  for (let i = 0; i < 1000; i++) round();
  expect(memory.memory.buffer.byteLength).toBe(byteLength);
});

it("out of memory says how much was asked for, and what is free stays usable", () => {
  const memory = newMemory(4);
  expect(() => memory.allocate(10_000_000)).toThrow(
    /^wasm: out of memory: 10000000 bytes were asked for, 131072 are in use; use smaller batches, or checkpoint/,
  );
  expect(memory.allocate(60_000)).toBe(65536);
  expect(() => memory.free(1)).toThrow("internal: freed twice");
});
