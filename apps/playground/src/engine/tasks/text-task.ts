/** Predicting the next character of a text. */
import { TapegradError, type Tensor, tensor, Vocabulary } from "tapegrad";
import { type Batch, type Elements, longestPassage, type Passage, type Task } from "./task.ts";
import { type Windows, windowsOf } from "./windows.ts";

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
  readonly #windows: Windows;

  /** `window` 0 chooses. @throws TapegradError for a text with nothing to predict. */
  constructor(text: string, window: number) {
    this.vocabulary = Vocabulary.of(text);
    if (this.vocabulary.size < 2)
      throw new TapegradError("start", "the text has nothing to predict", "use at least two different characters");
    this.tokens = this.vocabulary.encode(text);
    this.#windows = windowsOf(this.tokens, window);
    this.input = { kind: "tokens", vocabulary: this.vocabulary.characters };
    this.output = this.input;
    this.batch = this.#windows.batch;
    this.window = this.#windows.window;
    this.length = this.tokens.length;
  }

  at(step: number): Batch {
    const { inputs, targets, first } = this.#windows.at(step);
    const shape = [this.batch, this.window];
    return { inputs: tensor(inputs, { shape }), targets: tensor(targets, { shape }), fresh: first };
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
