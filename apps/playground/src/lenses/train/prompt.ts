/** The prompt from which the network continues, and the length of the continuation. */
import { trainTexts } from "../../texts/train.ts";

/** Characters: texts up to this long are written to their end. */
const longestWhole = 64;
const shortPrompt = 1;
const longPrompt = 8;
const longestPrompt = 100;
/** Of what is written on, where the text is long. */
const longWriting = 160;

export interface Writing {
  readonly prompt: string;
  readonly length: number;
  readonly isLong: boolean;
}

/** `wanted` empty takes the beginning of the text. */
export function writingOf(text: string, wanted: string): Writing {
  const characters = [...text.slice(0, 2 * (longestWhole + 1))];
  const isLong = characters.length > longestWhole;
  const prompt = wanted === "" ? characters.slice(0, isLong ? longPrompt : shortPrompt).join("") : wanted;
  const rest = characters.length - [...prompt].length;
  return { prompt, length: isLong ? longWriting : Math.max(1, rest), isLong };
}

/** What the visitor should change about a prompt, if anything. */
export function problemOfPrompt(prompt: string, vocabulary: readonly string[]): string | undefined {
  const characters = [...prompt];
  if (characters.length > longestPrompt) return trainTexts.promptTooLong(longestPrompt);
  const unknown = [...new Set(characters)].filter((character) => !vocabulary.includes(character));
  return unknown.length === 0 ? undefined : trainTexts.unknownCharacters(unknown);
}
