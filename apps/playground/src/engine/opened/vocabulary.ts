/** The characters of a model by token, from a file's metadata or typed by the visitor. */
import type { Metadata } from "@tapegrad/safetensors";
import { ModelFileError } from "./parts.ts";

/** Where writers of files put it. */
const keys = ["vocabulary", "vocab", "characters", "chars", "itos", "stoi"] as const;

/** Undefined where the metadata has none. @throws ModelFileError for one that is none. */
export function vocabularyOf(metadata: Metadata): readonly string[] | undefined {
  const key = keys.find((name) => metadata[name] !== undefined);
  return key === undefined ? undefined : readVocabulary(metadata[key] ?? "");
}

/** A JSON list of characters, a JSON object from characters to tokens, or the characters themselves in order. */
export function readVocabulary(written: string): readonly string[] {
  const characters = fromJson(written) ?? [...written];
  const twice = characters.find((character, token) => characters.indexOf(character) < token);
  if (twice !== undefined) throw new ModelFileError(`The vocabulary has ${JSON.stringify(twice)} twice.`);
  if (characters.some((character) => character === "")) throw new ModelFileError("The vocabulary has an empty string.");
  return characters;
}

/** Undefined for what is no JSON list or object: then it is the characters themselves. */
function fromJson(written: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return undefined;
  }
  if (Array.isArray(value)) return value.map(String);
  if (typeof value !== "object" || value === null) return undefined;
  const pairs = Object.entries(value).map(([key, item]) =>
    // {"a": 0} or {"0": "a"}
    typeof item === "number" ? ([key, item] as const) : ([String(item), Number(key)] as const),
  );
  return pairs.toSorted(([, a], [, b]) => a - b).map(([character]) => character);
}
