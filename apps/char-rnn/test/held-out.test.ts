import { Generator, zerosLike } from "tapegrad";
import { expect, test } from "vitest";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { heldOutBits } from "../src/training/held-out.ts";
import { CharacterModel } from "../src/training/model.ts";

const configuration = { ...defaultConfiguration, hidden: 4, dropout: 0.5 };
const tokensOf = (length: number) => Int32Array.from({ length }, (_, at) => (at * at) % 8);

test.each([2, 64, 65, 66, 1000, 5000])(
  "a model that knows nothing needs log₂ 8 bits for %d characters",
  async (length) => {
    const model = new CharacterModel(8, configuration, new Generator(1));
    for (const parameter of model.parameters()) parameter.assign(zerosLike(parameter));
    expect(await heldOutBits(model, tokensOf(length))).toBeCloseTo(3, 6);
  },
);

test("dropout is off while looking, and on again after", async () => {
  const model = new CharacterModel(8, configuration, new Generator(1));
  const look = () => heldOutBits(model, tokensOf(500));
  expect(await look()).toBe(await look());
  expect([model.training, model.dropout.training]).toEqual([true, true]);
});

test("asked to stop, it gives what it has so far", async () => {
  const model = new CharacterModel(8, configuration, new Generator(1));
  let looks = 0;
  expect(await heldOutBits(model, tokensOf(10_000), () => ++looks >= 2)).toBeGreaterThan(0);
  expect(looks).toBe(2);
});
