/**
 * Reads a recurrent model of characters from the bytes of a .safetensors file: PyTorch's names, Keras' paths, or a checkpoint of
 * the command line. Plain data only; what it returns starts a run.
 */
import { decode, type Entry, type Metadata } from "@tapegrad/safetensors";
import { type Fitted, fit } from "./fit.ts";
import { isKeras, partsByKerasNames } from "./keras-names.ts";
import { ModelFileError, type Named, type Parts } from "./parts.ts";
import { partsByPyTorchNames } from "./pytorch-names.ts";
import { vocabularyOf } from "./vocabulary.ts";

export interface OpenedModel extends Fitted {
  /** Undefined where the file has none: it must be typed. */
  readonly vocabulary: readonly string[] | undefined;
  /** A text to look at, where the file has one. */
  readonly text: string | undefined;
  readonly writtenBy: "PyTorch" | "Keras" | "Tapegrad's command line";
}

/** @throws ModelFileError, whose message names what is wrong. */
export function openModel(bytes: Uint8Array): OpenedModel {
  try {
    return read(bytes);
  } catch (cause) {
    if (cause instanceof ModelFileError || !(cause instanceof Error)) throw cause;
    if (/the header is too long/.test(cause.message))
      throw new ModelFileError("This is no .safetensors file: its first eight bytes are not the length of a header.", {
        cause,
      });
    // The library's own words begin with the function that speaks.
    const [, problem = cause.message] = /^[\w.]+: (.*)$/s.exec(cause.message) ?? [];
    throw new ModelFileError(`${problem.charAt(0).toUpperCase()}${problem.slice(1)}.`, { cause });
  }
}

function read(bytes: Uint8Array): OpenedModel {
  const { entries, metadata } = decode(bytes);
  const isCheckpoint = metadata.format === "tapegrad.char-rnn";
  const tensors: Named = isCheckpoint ? withoutTraining(entries) : entries;
  const parts = isKeras(tensors) ? partsByKerasNames(tensors) : partsByPyTorchNames(tensors, gruOf(metadata));
  const fitted = fit(parts);
  const vocabulary = vocabularyOf(metadata);
  if (vocabulary !== undefined) checkVocabulary(vocabulary, fitted.characters);
  const writtenBy = isCheckpoint ? "Tapegrad's command line" : isKeras(tensors) ? "Keras" : "PyTorch";
  return { ...fitted, vocabulary, text: metadata.text, writtenBy };
}

/** @throws ModelFileError unless there is a character for each of the model's scores. */
export function checkVocabulary(vocabulary: readonly string[], characters: number): void {
  if (vocabulary.length !== characters)
    throw new ModelFileError(`The vocabulary has ${vocabulary.length} characters, and the model scores ${characters}.`);
}

/** A checkpoint also holds all that training goes on with. */
function withoutTraining(entries: ReadonlyMap<string, Entry>): Named {
  return new Map([...entries].filter(([name]) => !/^(?:optimizer|generator|state)\./.test(name)));
}

/** PyTorch's GRU resets after the product; files of this page say so when theirs does not. */
function gruOf({ cell }: Metadata): Parts["gru"] {
  return cell === "GRU, reset before" ? cell : "GRU";
}
