/** What the network writes by itself after a prompt, in one compiled call per length. */
import { Generator, generate, noGrad, TapegradError, type Tensor, tensor, Vocabulary } from "tapegrad";
import type { Session } from "../session.ts";

export interface WritingOptions {
  readonly prompt: string;
  /** 0 takes the most likely each time. */
  readonly temperature: number;
  readonly length: number;
  /** The same seed draws the same text from the same weights. */
  readonly seed: number;
}

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
    const before = tokens.subarray(0, -1);
    const start = session.model.initialStates(1);
    const states =
      before.length === 0 ? start : session.predict(tensor(before, { shape: [1, before.length] }), start).states;
    const generator = new Generator(seed);
    const { tokens: written } = generate(
      (token: Tensor, state: typeof states) => {
        const read = session.model.forward(token.reshape([-1, 1]), state);
        return { logits: read.outputs.squeeze({ axis: 1 }), state: read.states };
      },
      states,
      tensor([last], { dtype: "int32" }),
      { length, temperature, generator },
    );
    return vocabulary.decode(Int32Array.from(written.dataSync()));
  });
}
