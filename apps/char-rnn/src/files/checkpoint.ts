/** A training run as one .safetensors file: tensors by name, everything else as strings in the metadata. */
import { decode, encodeTensors, type Metadata, toTensors } from "@tapegrad/safetensors";
import { FormatError, type Tensor, UnsupportedError, Vocabulary } from "tapegrad";
import { CommandError } from "../commands/command-error.ts";
import { type Configuration, checkConfiguration, stepsRule } from "../training/configuration.ts";

export interface Checkpoint {
  readonly configuration: Configuration;
  readonly vocabulary: Vocabulary;
  /** Steps done. */
  readonly step: number;
  /** Steps that the run was to take in all. */
  readonly steps: number;
  /** Of the text, as `Corpus.digest`. */
  readonly textDigest: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

const format = "tapegrad.char-rnn";
const version = "1";

export function encodeCheckpoint(checkpoint: Checkpoint): Promise<Uint8Array> {
  const { configuration, vocabulary, step, steps, textDigest, tensors } = checkpoint;
  return encodeTensors(tensors, {
    format,
    version,
    configuration: JSON.stringify(configuration),
    vocabulary: JSON.stringify(vocabulary.characters),
    step: String(step),
    steps: String(steps),
    textDigest,
  });
}

/** @throws CommandError, calling the file `name`, when `bytes` are not a checkpoint of this program and version. */
export function decodeCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  const { tensors, metadata } = decodeFile(bytes, name);
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
  return { configuration, vocabulary, step, steps, textDigest: metadata.textDigest ?? "", tensors };
}

function decodeFile(bytes: Uint8Array, name: string) {
  try {
    const { entries, metadata } = decode(bytes);
    return { tensors: toTensors(entries), metadata };
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
