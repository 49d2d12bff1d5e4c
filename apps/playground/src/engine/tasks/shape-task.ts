/** One of the five shapes as a task: all its sequences side by side, or as many as make a quick step. */
import { TapegradError, type Tensor, tensor, Vocabulary } from "tapegrad";
import { blank, type Example, type ShapeName, shapes } from "./shapes.ts";
import type { Batch, Elements, Passage, Task } from "./task.ts";

/** Sequences of a step, at most. */
const largestBatch = 128;
/** A prime: examples are taken so far apart, and as none has that many, all are taken in turn. */
const stride = 379;

export class ShapeTask implements Task {
  readonly input: Elements;
  readonly output: Elements;
  readonly batch: number;
  readonly window: number;
  readonly weights: readonly number[];
  readonly length: number;
  /** Bits per answer: all answers are then right, and sure. */
  readonly solvedBelow = 0.05;
  readonly #examples: readonly Example[];
  readonly #read: (examples: readonly Example[]) => Tensor;
  readonly #answers: Vocabulary;

  constructor(name: ShapeName) {
    if (!Object.hasOwn(shapes, name))
      throw new TapegradError("start", `no shape is called ${JSON.stringify(name)} here`, "choose one under Task");
    const { examples, numbers } = shapes[name]();
    this.#examples = examples;
    const targets = examples[0]?.targets ?? [];
    this.window = targets.length;
    this.weights = targets.map((target) => (target === undefined ? 0 : 1));
    this.batch = Math.min(largestBatch, this.#examples.length);
    this.length = examples.length * this.window;
    const symbols = Vocabulary.of(examples.flatMap(({ inputs }) => inputs));
    this.input = numbers ? { kind: "numbers", names: numbers } : { kind: "tokens", vocabulary: symbols.characters };
    this.#read = numbers ? digitsOf : (rows) => tokensOf(rows, symbols);
    this.#answers = Vocabulary.of(
      examples.flatMap((example) => example.targets.filter((target) => target !== undefined)),
    );
    this.output = { kind: "tokens", vocabulary: this.#answers.characters };
  }

  at(step: number): Batch {
    const first = step * this.batch;
    const rows = Array.from({ length: this.batch }, (_, row) => ((first + row) * stride) % this.#examples.length);
    return this.#batchOf(rows.flatMap((row) => this.#examples[row] ?? []));
  }

  passage(position: number): Passage {
    const index = Math.floor(Math.min(position, this.length - 1) / this.window);
    const rows = this.#examples.slice(index, index + 1);
    const [{ inputs, targets } = { inputs: [], targets: [] }] = rows;
    return {
      ...this.#batchOf(rows),
      start: index * this.window,
      inputLabels: inputs.map((input) => (input === blank ? "" : input)),
      targetLabels: targets.map((target) => target ?? ""),
      before: undefined,
    };
  }

  #batchOf(rows: readonly Example[]): Batch {
    // Where nothing is asked for the weight is 0, so any token may stand there.
    const [any = ""] = this.#answers.characters;
    const answers = rows.flatMap(({ targets }) => targets.map((target) => target ?? any));
    const targets = tensor(this.#answers.encode(answers), { shape: [rows.length, this.window] });
    return { inputs: this.#read(rows), targets, fresh: true };
  }
}

function tokensOf(rows: readonly Example[], symbols: Vocabulary): Tensor {
  const tokens = rows.map(({ inputs }) => [...symbols.encode(inputs)]);
  return tensor(tokens, { dtype: "int32" });
}

/** "01" is the numbers 0 and 1. */
function digitsOf(rows: readonly Example[]): Tensor {
  return tensor(rows.map(({ inputs }) => inputs.map((digits) => [...digits].map(Number))));
}
