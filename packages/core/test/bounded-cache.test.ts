import { expect, it, vi } from "vitest";
import { BoundedCache } from "../src/internal.ts";

it("makes each value once, also undefined, and forgets the one unused for longest", () => {
  const cache = new BoundedCache<string, number | undefined>(2);
  const make = vi.fn<() => number | undefined>(() => undefined);
  cache.get("a", make);
  cache.get("a", make);
  expect(make).toHaveBeenCalledTimes(1);
  expect(cache.get("b", () => 2)).toBe(2);
  cache.get("a", make);
  cache.get("c", () => 3);
  expect(cache.get("b", () => 4)).toBe(4);
  expect(make).toHaveBeenCalledTimes(1);
  cache.get("a", make);
  expect(make).toHaveBeenCalledTimes(2);
});
