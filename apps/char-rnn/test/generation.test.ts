import { Generator, noGrad, tensor, Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { defaultPrompt, type GenerationOptions, generate } from "../src/training/generation.ts";
import { CharacterModel } from "../src/training/model.ts";

const vocabulary = Vocabulary.of("abcdefgh");
const model = new CharacterModel(vocabulary.size, { ...defaultConfiguration, hidden: 6, layers: 2 }, new Generator(3));

async function written(options: Partial<GenerationOptions>): Promise<string> {
  const all = { prompt: "a", length: 12, temperature: 1, generator: new Generator(5), ...options };
  let text = "";
  for await (const character of generate(model, vocabulary, all)) text += character;
  return text;
}

test("reading character by character is reading the whole text", async () => {
  const text = await written({ prompt: "head", temperature: 0 });
  const tokens = vocabulary.encode(`head${text}`);
  const { logits } = noGrad(() => model.forward(tensor(tokens, { shape: [1, tokens.length] }), model.initialState(1)));
  const likeliest = Array.from(await logits.argmax({ axis: -1 }).data());
  expect(vocabulary.decode(likeliest.slice(3, -1))).toBe(text);
});

test("top-k keeps to the k likeliest, the temperature spreads", async () => {
  const kinds = async (options: Partial<GenerationOptions>) => new Set(await written({ length: 100, ...options })).size;
  expect(await written({ topK: 1 })).toBe(await written({ temperature: 0 }));
  expect(await kinds({ temperature: 100 })).toBe(8);
  expect(await written({ topK: 100 })).toBe(await written({}));
});

test("without a prompt, text begins on a new line where there are lines", () => {
  expect(defaultPrompt(Vocabulary.of("a\nb"))).toBe("\n");
  expect(defaultPrompt(vocabulary)).toBe("a");
});
