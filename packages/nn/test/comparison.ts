/** Comparing trees of tensors, and the gradients of what made them. */

import { type Gradients, Tape } from "@tapegrad/autodiff";
import { expectClose } from "@tapegrad/conformance";
import { isFloat, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { add, Generator, mul, sum } from "@tapegrad/ops";
import { expect } from "vitest";
import { values } from "./plain.ts";

/** The tensors of a tree, in order. */
export function tensors(tree: unknown): Tensor[] {
  return treeLeaves(tree).filter((leaf) => leaf instanceof Tensor);
}

/** Fails unless two trees have the same structure, shapes and values. */
export function expectSame(actual: unknown, expected: unknown, tolerance = 1e-12): void {
  expect(tensors(actual).length).toBeGreaterThan(0);
  treeMap(
    (a: unknown, b: unknown) => {
      if (!(a instanceof Tensor && b instanceof Tensor)) return expect(a).toEqual(b);
      expect(a.shape).toEqual(b.shape);
      expectClose(a, values(b), tolerance);
    },
    actual,
    expected,
  );
}

/** The gradient of a scalar that every element of the result enters with a weight of its own. */
export function gradients<const Sources>(run: () => unknown, sources: Sources): Gradients<Sources> {
  const tape = new Tape();
  const target = tape.record(() => {
    const generator = new Generator(22);
    return tensors(run())
      .filter(({ dtype }) => isFloat(dtype))
      .map((leaf) => sum(mul(leaf, generator.normal(leaf.shape))))
      .reduce((a, b) => add(a, b));
  });
  return tape.gradient(target, sources);
}
