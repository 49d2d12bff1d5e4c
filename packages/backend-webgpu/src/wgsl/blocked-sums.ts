/**
 * Sums of very many products: blocks of blocks of them are added up apart, so that each rounding error meets few additions, and
 * the error of the whole hardly grows with its length.
 */
import { indent } from "./shader.ts";

/** A product of matrices sums so much of the inner axis in two levels; what is longer takes three. */
export const longestInner = 4096;

/**
 * Adds to `total…`, by name, what `pass` adds to `sum…` for the inner axis from `start` to `end`, which are WGSL texts.
 * `inner`: its length.
 */
export function blockedSums(
  inner: string,
  names: readonly string[],
  type: string,
  pass: (sum: string, start: string, end: string) => readonly string[],
): string[] {
  return [
    `for (var far = 0u; far < ${inner}; far += ${longestInner}u) {`,
    ...indent([
      ...names.map((name) => `var sum${name} = ${type}();`),
      ...pass("sum", "far", `min(far + ${longestInner}u, ${inner})`),
      ...names.map((name) => `total${name} += sum${name};`),
    ]),
    "}",
  ];
}
