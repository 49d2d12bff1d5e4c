/** The text that the network writes after a prompt: one program per session, length and way to choose. */
import { compile, Generator, generate, noGrad, TapegradError, type Tensor, tensor, Vocabulary } from "tapegrad";
import type { Session, States } from "../session.ts";

export interface WritingOptions {
  readonly prompt: string;
  /** 0 takes the most likely each time. */
  readonly temperature: number;
  readonly length: number;
  /** The same seed draws the same text from the same weights. */
  readonly seed: number;
}

/** The tokens that follow, drawn at a temperature. */
type Writer = (last: Tensor, states: States, temperature: number, seed: number) => ArrayLike<number>;

const writers = new WeakMap<Session, Map<string, Writer>>();

/** @throws TapegradError for an empty prompt, or one with characters that the text does not have. */
export function writing(session: Session, { prompt, temperature, length, seed }: WritingOptions): string {
  const { output, input } = session.task;
  if (output.kind !== "tokens" || input.kind !== "tokens")
    throw new TapegradError("sample", "this task has no characters", "choose a text");
  const vocabulary = new Vocabulary(output.vocabulary);
  const tokens = vocabulary.encode(prompt);
  const last = tokens.at(-1);
  if (last === undefined) throw new TapegradError("sample", "there is no prompt", "give at least one character");
  return noGrad(() => {
    // One character at a time: a prompt changes its length with every key, and each length would be compiled.
    let states: States = session.model.initialStates(1);
    for (const token of tokens.subarray(0, -1)) {
      states = session.predict(tensor([token], { shape: [1, 1], dtype: "int32" }), states).states;
    }
    const write = writerOf(session, length, temperature === 0);
    const written = write(tensor([last], { dtype: "int32" }), states, temperature, seed);
    return vocabulary.decode(Int32Array.from(written));
  });
}

function writerOf(session: Session, length: number, greedy: boolean): Writer {
  const known = writers.get(session) ?? new Map<string, Writer>();
  writers.set(session, known);
  const key = `${length} ${greedy}`;
  const writer = known.get(key) ?? makeWriter(session, length, greedy);
  known.set(key, writer);
  return writer;
}

function makeWriter({ model }: Session, length: number, greedy: boolean): Writer {
  const generator = new Generator(0);
  const step = (token: Tensor, before: States) => {
    const { outputs, states } = model.forward(token.reshape([-1, 1]), before);
    return { logits: outputs.squeeze({ axis: 1 }), state: states };
  };
  const write = compile(
    (last: Tensor, states: States, temperature: Tensor) =>
      generate(step, states, last, { length, generator, temperature: greedy ? 0 : temperature }).tokens,
  );
  return (last, states, temperature, seed) => {
    generator.state.assign(new Generator(seed).state.value);
    return write(last, states, tensor(temperature)).dataSync();
  };
}
