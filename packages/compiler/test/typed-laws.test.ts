/** What is misspelt in a law or a lowering does not compile: `pnpm types` fails where an expected error is missing. */
import { expect, it } from "vitest";
import { flagOf, type Laws, numbersOf, type Origin } from "../src/rewrite/origins.ts";

it("names of ops and attributes are those of the primitives", () => {
  // @ts-expect-error: no primitive is called so.
  const laws: Laws = { matmull: [() => undefined] };
  const origin: Origin = { name: "matmul", attributes: {}, operands: [] };
  // @ts-expect-error: no primitive is called so.
  expect(origin.name === "matmull").toBe(false);
  // @ts-expect-error: no primitive has an attribute of that name.
  expect(numbersOf(origin.attributes, "axees")).toEqual([]);
  // @ts-expect-error: it holds numbers, not a flag.
  expect(flagOf(origin.attributes, "axes")).toBe(false);
  expect(Object.keys(laws)).toEqual(["matmull"]);
});
