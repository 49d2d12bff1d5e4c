/** What these tests are made of: seeded tensors, trees compared leaf by leaf, and errors compared word by word. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Shape, setBackend, setDefaultDType, sizeOf, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { seededUniforms } from "@tapegrad/ops/samples";
import { afterAll, expect } from "vitest";

/** Runs a file's tests, and what it makes before them, in double precision on the reference backend. */
export function inDoublePrecision(): void {
  setBackend(cpuBackend);
  setDefaultDType("float64");
  afterAll(() => setDefaultDType("float32"));
}

/** Uniform on [−1, 1), float64; other seeds give other numbers. */
export function random(shape: Shape, seed = 1): Tensor {
  const uniform = seededUniforms(seed);
  return fromHost(
    Float64Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1),
    shape,
    "float64",
  );
}

/** Uniform on [−1, 1) in the shapes of a tree of tensors. */
export function randomLike<T>(tree: T, seed = 1): T {
  let next = seed;
  return treeMap<T>((leaf: Tensor) => random(leaf.shape, 1000 * next++), tree);
}

export function values(tensor: { dataSync(): ArrayLike<number> }): number[] {
  return Array.from(tensor.dataSync());
}

/** The tensors of a tree; null and undefined stand for none. */
export function tensorsOf(tree: unknown): Tensor[] {
  return treeLeaves(tree).flatMap((leaf) => {
    if (leaf === null || leaf === undefined) return [];
    if (leaf instanceof Tensor) return [leaf];
    throw new Error(`not a tensor: ${typeof leaf}`);
  });
}

/** ⟨a, b⟩ over all leaves of two trees. */
export function dot(a: unknown, b: unknown): number {
  const others = tensorsOf(b).map(values);
  return tensorsOf(a)
    .map((leaf, i) => values(leaf).reduce((sum, value, k) => sum + value * (others[i]?.[k] ?? Number.NaN), 0))
    .reduce((sum, part) => sum + part, 0);
}

/** `fn` throws an error of this class with this very message. */
export function expectError(fn: () => unknown, type: new (...args: never[]) => Error, message: string): void {
  let thrown: unknown;
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(type);
  expect(thrown instanceof Error ? thrown.message : thrown).toBe(message);
}
