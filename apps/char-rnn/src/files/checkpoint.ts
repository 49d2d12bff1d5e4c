/** A training run as one .safetensors file: tensors by name, everything else as strings in the metadata. */

import { CommandError } from "@tapegrad/command-line";
import {
  type ByteSource,
  type Entry,
  encodeParts,
  type Metadata,
  openTensors,
  toEntries,
  toTensors,
} from "@tapegrad/safetensors";
import { FormatError, type Tensor, UnsupportedError, Vocabulary } from "tapegrad";
import { type Configuration, checkConfiguration, stepsRule } from "../training/configuration.ts";

/** What a checkpoint says beside its tensors. */
export interface CheckpointFacts {
  readonly configuration: Configuration;
  readonly vocabulary: Vocabulary;
  /** Steps done. */
  readonly step: number;
  /** Steps that the run was to take in all. */
  readonly steps: number;
  /** Of the text, as `Corpus.digest`. */
  readonly textDigest: string;
  /** Bits per character at a look at the held-out text after this step; undefined when there was none. */
  readonly heldOutBits?: number | undefined;
}

export interface Checkpoint extends CheckpointFacts {
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** A checkpoint of which the tensors are read when they are asked for. */
export interface OpenCheckpoint extends CheckpointFacts {
  /** Those that `wanted` chooses by name; all by default. */
  tensors(wanted?: (name: string) => boolean): Promise<Record<string, Tensor>>;
}

const format = "tapegrad.char-rnn";
const version = "1";

/** The file, in pieces to be written one after the other. */
export async function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array[]> {
  const { configuration, vocabulary, step, steps, textDigest, heldOutBits, tensors } = checkpoint;
  return encodeParts(await toEntries(tensors), {
    format,
    version,
    configuration: JSON.stringify(configuration),
    vocabulary: JSON.stringify(vocabulary.characters),
    step: String(step),
    steps: String(steps),
    textDigest,
    ...(heldOutBits === undefined ? {} : { heldOutBits: String(heldOutBits) }),
  });
}

/** @throws CommandError, calling the file `name`, when it is not a checkpoint of this program and version. */
export async function openCheckpoint(source: ByteSource, name: string): Promise<OpenCheckpoint> {
  const { entries, metadata } = await explainingFormat(name, () => openTensors(source));
  return {
    ...factsOf(metadata, name),
    tensors: (wanted = () => true) =>
      explainingFormat(name, async () => {
        const read = new Map<string, Entry>();
        for (const [tensor, entry] of entries) if (wanted(tensor)) read.set(tensor, await entry.read());
        return toTensors(read);
      }),
  };
}

function factsOf(metadata: Metadata, name: string): CheckpointFacts {
  if (metadata.format !== format) throw new CommandError(`${name} is not a checkpoint of char-rnn`);
  if (metadata.version !== version) {
    throw new CommandError(
      `${name} is a checkpoint of version ${metadata.version}; this program reads version ${version}`,
    );
  }
  const damaged = (what: string) =>
    new CommandError(`the checkpoint ${name} is damaged: what it says of its ${what} does not make sense`);
  const checked = checkConfiguration(readJson(metadata, "configuration"));
  if ("fault" in checked) throw damaged(checked.fault);
  const { configuration } = checked;
  const vocabulary = readVocabulary(metadata);
  if (vocabulary === undefined) throw damaged("vocabulary");
  const [step, steps] = [stepsRule.read(metadata.step ?? ""), stepsRule.read(metadata.steps ?? "")];
  if (step !== 0 && !stepsRule.accepts(step)) throw damaged("step");
  if (!stepsRule.accepts(steps)) throw damaged("steps");
  const heldOutBits = metadata.heldOutBits === undefined ? undefined : Number(metadata.heldOutBits);
  if (Number.isNaN(heldOutBits)) throw damaged("held-out bits");
  return { configuration, vocabulary, step, steps, textDigest: metadata.textDigest ?? "", heldOutBits };
}

async function explainingFormat<T>(name: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof FormatError || cause instanceof UnsupportedError)) throw cause;
    throw new CommandError(`cannot read the checkpoint ${name}: ${cause.message}`, { cause });
  }
}

/** The value at `key`; undefined when it is missing or not JSON. */
function readJson(metadata: Metadata, key: string): unknown {
  try {
    return JSON.parse(metadata[key] ?? "");
  } catch {
    return undefined; // The caller finds that undefined is not what it needs, and says so.
  }
}

function readVocabulary(metadata: Metadata): Vocabulary | undefined {
  const characters = readJson(metadata, "vocabulary");
  if (!Array.isArray(characters) || characters.length === 0) return undefined;
  const isCharacter = (value: unknown) => typeof value === "string" && [...value].length === 1;
  const valid = characters.every(isCharacter) && new Set(characters).size === characters.length;
  return valid ? new Vocabulary(characters) : undefined;
}
