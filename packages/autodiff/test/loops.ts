/** The loop written out, which scan is held to, and a comparison of two functions under every transform. */
import { expectClose } from "@tapegrad/conformance";
import { type Tensor, treeMap } from "@tapegrad/core";
import { add, reshape, sin, slice, stack, sum } from "@tapegrad/ops";
import { expect } from "vitest";
import { grad, hvp, jacobian, jvp, type ScanOptions, type scan, vjp, vmap } from "../src/index.ts";
import { dot, random, randomLike, tensorsOf } from "./comparison.ts";

export type Scan = typeof scan;

/** `scan` as a loop over tensors, at least one step. */
export const unrolled: Scan = <Carry, X, Output>(
  step: (carry: Carry, x: X) => readonly [Carry, Output],
  init: Carry,
  xs: X,
  { reverse = false, length }: ScanOptions = {},
): [Carry, Output] => {
  const steps = length ?? tensorsOf(xs)[0]?.shape[0] ?? 0;
  const outputs: Output[] = new Array(steps);
  let carry = init;
  for (let i = 0; i < steps; i++) {
    const at = reverse ? steps - 1 - i : i;
    const element = mapTensors<X>(([x]) => reshape(slice(x, [at], [at + 1]), x.shape.slice(1)), xs);
    const [next, output] = step(carry, element);
    carry = mapTensors<Carry>(([, tensor]) => tensor, carry, next);
    outputs[at] = output;
  }
  return [carry, mapTensors<Output>((rows) => stack(rows), ...outputs)];
};

/** `treeMap` over the tensors of trees in which null may stand for none. */
function mapTensors<T>(fn: (leaves: [Tensor, Tensor, ...Tensor[]]) => Tensor, ...trees: readonly unknown[]): T {
  return treeMap<T>((...leaves: [Tensor, Tensor, ...Tensor[]]) => (leaves[0] === null ? null : fn(leaves)), ...trees);
}

/** A scalar that weighs every value of every tensor differently. */
export function mixed(tree: unknown): Tensor {
  return tensorsOf(tree)
    .map((leaf, i) => sum(sin(add(leaf, random(leaf.shape, 77 + i)))))
    .reduce(add);
}

export interface TransformOptions {
  readonly tolerance?: number;
  /** Whether whole Jacobians are compared too, which takes time. */
  readonly jacobians?: boolean;
}

/** That `f` and `g`, of one tree of float tensors, are the same function under every transform. */
export function expectSame<X extends object, R>(
  f: (x: X) => R,
  g: (x: X) => R,
  x: X,
  { tolerance = 1e-12, jacobians = true }: TransformOptions = {},
): void {
  const close = (run: (h: (x: X) => R) => unknown) => expectClose(run(f), run(g), tolerance);
  close((h) => h(x));
  const [u, v] = [randomLike(x, 11), randomLike(x, 13)];
  // The types of jvp and vjp are of one tree here; trees of tensors are their own tangents.
  const along = (h: (x: X) => unknown, at: X, direction: X): unknown =>
    jvp(h as (x: X) => Tensor, [at], [direction] as never).tangent;
  const pull = (h: (x: X) => R, at: X) => {
    const { value, pullback } = vjp(h, at);
    return pullback(randomLike(value, 17) as never)[0];
  };
  close((h) => pull(h, x));
  close((h) => along(h, x, u));
  const [tangent, cotangent] = [along(f, x, u), pull(f, x)];
  const seed = randomLike(f(x), 17);
  const [left, right] = [dot(tangent, seed), dot(u, cotangent)];
  expect(Math.abs(left - right) / Math.max(1, Math.abs(left))).toBeLessThan(1e-12);
  // Twice: forward over reverse, reverse over reverse, reverse over forward, forward over forward.
  close((h) => hvp((y: X) => mixed(h(y)), x, u as never));
  close((h) => grad((y: X) => mixed(grad((z: X) => mixed(h(z)))(y)))(x));
  close((h) => grad((y: X) => mixed(along(h, y, u)))(x));
  close((h) => along((y: X) => along(h, y, u), x, v));
  const batch = treeMap<X>((leaf: Tensor) => random([3, ...leaf.shape], 5 + leaf.size), x);
  close((h) => vmap(h)(batch));
  close((h) => vmap(grad((y: X) => mixed(h(y))) as (y: X) => X)(batch));
  close((h) => grad((y: X) => mixed(vmap(h)(y)))(batch));
  if (!jacobians) return;
  close((h) => jacobian(h, { mode: "reverse" })(x));
  close((h) => jacobian(h, { mode: "forward" })(x));
  expectClose(jacobian(f, { mode: "forward" })(x), jacobian(f, { mode: "reverse" })(x), tolerance);
}
