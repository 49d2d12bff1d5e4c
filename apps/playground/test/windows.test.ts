import fc from "fast-check";
import { expect, test } from "vitest";
import { windowsOf } from "../src/engine/windows.ts";

test("a short text is one sequence that begins anew in every step", () => {
  const windows = windowsOf(Int32Array.of(0, 1, 2, 2, 3));
  for (const step of [0, 1, 7]) {
    expect(windows.at(step)).toEqual({
      inputs: Int32Array.of(0, 1, 2, 2),
      targets: Int32Array.of(1, 2, 2, 3),
      first: true,
    });
  }
});

test("of any long text at least nine tenths are read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 66, max: 3000 }), (length) => {
      const windows = windowsOf(Int32Array.from({ length }, (_, i) => i));
      const read = new Set<number>();
      let step = 0;
      do {
        for (const token of windows.at(step).targets) read.add(token);
        step++;
      } while (!windows.at(step).first);
      expect(read.size).toBeGreaterThan(0.9 * (length - 1));
    }),
  );
});
