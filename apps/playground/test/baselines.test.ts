import { expect, test } from "vitest";
import { countBaselines } from "../src/engine/tasks/baselines.ts";

test("of hello: four letters, an l that may be followed by l or o, and no doubt after two letters", () => {
  const hello = Int32Array.of(0, 1, 2, 2, 3);
  expect(countBaselines(hello, hello, 4)).toEqual([
    { name: "uniform", loss: 2 },
    { name: "bigram", loss: 0.5 },
    { name: "trigram", loss: 0 },
  ]);
});

test("on other text nothing is impossible, and what may follow a character adds up to one", () => {
  const read = Int32Array.of(0, 1, 0, 2, 0, 1, 1, 0);
  const tokens = [0, 1, 2, 3];
  const texts = tokens.flatMap((a) => tokens.flatMap((b) => tokens.map((c) => Int32Array.of(a, b, c))));
  for (const order of [0, 1, 2]) {
    // Two characters are predicted of each text, the first is given.
    const shares = texts.map((judged) => 2 ** (-2 * (countBaselines(read, judged, 4)[order]?.loss ?? Number.NaN)));
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(tokens.length);
  }
});
