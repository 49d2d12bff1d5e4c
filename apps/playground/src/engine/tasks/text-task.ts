/** Predicting the next character of a text. */
import { TapegradError, type Tensor, tensor, Vocabulary } from "tapegrad";
import type { Baseline } from "../protocol.ts";
import { countBaselines } from "./baselines.ts";
import { type Batch, type Elements, longestPassage, type Passage, type Task } from "./task.ts";
import { type Windows, windowsOf } from "./windows.ts";

/** Texts of at least this many characters keep the last tenth for judging what was learned. */
const enoughToHoldOut = 1500;
const heldOutShare = 0.1;
/** The sequences that it is judged on: at most this long, and this many. */
const heldOutSizes = { time: 128, batch: 16 };
/** Bits per character: a text is known by heart when each is given a probability of 0.98. */
const knownByHeart = 0.03;
/** Characters that are read before a passage, so that its state is that of a reader who knows what came before. */
const warmUp = 256;

export class TextTask implements Task {
  readonly vocabulary: Vocabulary;
  readonly input: Elements;
  readonly output: Elements;
  readonly batch: number;
  readonly window: number;
  readonly weights = undefined;
  readonly length: number;
  readonly tokens: Int32Array;
  readonly heldOutFrom: number | undefined;
  readonly solvedBelow = knownByHeart;
  readonly baselines: readonly Baseline[];
  readonly #windows: Windows;

  /** `window` 0 chooses. @throws TapegradError for a text with nothing to predict, or with characters that `known` lacks. */
  constructor(text: string, window: number, known?: readonly string[]) {
    if (new Set(text).size < 2)
      throw new TapegradError("start", "the text has nothing to predict", "use at least two different characters");
    this.vocabulary = known === undefined ? Vocabulary.of(text) : new Vocabulary(known);
    const unknown = this.vocabulary.unknown(text);
    if (unknown.length > 0) {
      const shown = unknown.map((character) => JSON.stringify(character)).join(", ");
      throw new TapegradError(
        "start",
        `the model does not know ${shown}`,
        "use the characters that it was trained with",
      );
    }
    this.tokens = this.vocabulary.encode(text);
    const { length } = this.tokens;
    this.heldOutFrom = length < enoughToHoldOut ? undefined : length - Math.floor(length * heldOutShare);
    const read = this.tokens.subarray(0, this.heldOutFrom);
    const judged = this.heldOutFrom === undefined ? read : this.tokens.subarray(this.heldOutFrom);
    this.baselines = countBaselines(read, judged, this.vocabulary.size);
    this.#windows = windowsOf(read, window);
    this.input = { kind: "tokens", vocabulary: this.vocabulary.characters };
    this.output = this.input;
    this.batch = this.#windows.batch;
    this.window = this.#windows.window;
    this.length = length;
  }

  at(step: number): Batch {
    const { inputs, targets, first } = this.#windows.at(step);
    const shape = [this.batch, this.window];
    return { inputs: tensor(inputs, { shape }), targets: tensor(targets, { shape }), fresh: first };
  }

  /** Sequences of the last tenth, each read from an empty memory. */
  heldOut(): Batch | undefined {
    if (this.heldOutFrom === undefined) return undefined;
    const held = this.tokens.subarray(this.heldOutFrom);
    const time = Math.min(heldOutSizes.time, held.length - 1);
    const batch = Math.min(heldOutSizes.batch, Math.floor((held.length - 1) / time));
    const from = (start: number) => tensor(held.slice(start, start + batch * time), { shape: [batch, time] });
    return { inputs: from(0), targets: from(1), fresh: true };
  }

  passage(position: number): Passage {
    const start = Math.floor(Math.min(position, this.length - 1) / longestPassage) * longestPassage;
    const end = Math.min(this.length, start + longestPassage);
    const inputs = this.tokens.subarray(start, end);
    // Nothing is known of what follows the last character: it stands for itself, and has no label.
    const targets = Int32Array.from(inputs, (token, at) => this.tokens[start + at + 1] ?? token);
    const label = (token: number) => this.vocabulary.characters[token] ?? "";
    return {
      start,
      inputLabels: Array.from(inputs, label),
      targetLabels: Array.from(targets, (token, at) => (start + at + 1 < this.length ? label(token) : "")),
      inputs: rowOf(inputs),
      targets: rowOf(targets),
      before: start === 0 ? undefined : rowOf(this.tokens.subarray(Math.max(0, start - warmUp), start)),
    };
  }
}

function rowOf(tokens: Int32Array): Tensor {
  return tensor(tokens, { shape: [1, tokens.length] });
}
