/** Generates text: characters are drawn one after another, and the model reads each before the next. */
import { type Generator, noGrad, sample, slice, tensor, type Vocabulary } from "tapegrad";
import type { CharacterModel } from "./model.ts";

export interface GenerationOptions {
  /** Read first; not empty, and in the vocabulary. */
  readonly prompt: string;
  /** Characters to write. */
  readonly length: number;
  readonly temperature: number;
  /** Only the k likeliest characters each time. */
  readonly topK?: number | undefined;
  readonly generator: Generator;
}

/** The characters that follow the prompt, as they are drawn. The model is left in training mode. */
export async function* generate(
  model: CharacterModel,
  vocabulary: Vocabulary,
  { prompt, length, temperature, topK, generator }: GenerationOptions,
): AsyncGenerator<string> {
  let state = model.initialState(1);
  let tokens = vocabulary.encode(prompt);
  const read = () => {
    const { logits, state: next } = model.predict(tensor(tokens, { shape: [1, tokens.length] }), state);
    state = next;
    const last = slice(logits, [0, tokens.length - 1], [1, tokens.length]);
    return sample(last, { generator, temperature, ...(topK === undefined ? {} : { topK }) });
  };
  for (let written = 0; written < length; written++) {
    model.eval();
    const drawn = noGrad(read);
    model.train();
    tokens = Int32Array.from(await drawn.data());
    yield vocabulary.decode(tokens);
  }
}

/** Where text begins when nobody says how: at a new line, if the model knows any. */
export function defaultPrompt(vocabulary: Vocabulary): string {
  return vocabulary.unknown("\n").length === 0 ? "\n" : (vocabulary.characters[0] ?? "");
}
