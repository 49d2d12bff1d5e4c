/** Measures how well a model predicts text that it was not trained on. */
import { noGrad, TokenStreams, tensor } from "tapegrad";
import type { OnProgress } from "./corpus.ts";
import type { CharacterModel } from "./model.ts";

/** Characters that a look in the middle of training is content with. */
export const glance = 4096;

/**
 * Bits per character on `tokens`, read side by side in up to 32 streams with the state carried along each. Stops early,
 * with the mean so far, when `stopped` says so.
 */
export async function heldOutBits(
  model: CharacterModel,
  tokens: Int32Array,
  stopped = () => false,
  onProgress: OnProgress = () => {},
): Promise<number> {
  const streams = streamsOver(tokens);
  const shape = [streams.batch, streams.window];
  let state = model.initialState(streams.batch);
  let nats = 0;
  let windows = 0;
  model.eval();
  while (windows < streams.windowsPerEpoch && !(windows > 0 && stopped())) {
    const { inputs, targets } = streams.at(windows);
    const judged = noGrad(() => model.judge(tensor(inputs, { shape }), tensor(targets, { shape }), state));
    nats += await judged.nats.item();
    state = judged.state;
    windows++;
    onProgress(windows / streams.windowsPerEpoch);
  }
  model.train();
  return nats / windows / Math.LN2;
}

/** Windows of about 64 that leave out as little as possible at the streams' ends. */
function streamsOver(tokens: Int32Array): TokenStreams {
  const predicted = tokens.length - 1;
  const batch = Math.max(1, Math.min(32, Math.floor(predicted / 64)));
  const length = Math.floor(predicted / batch);
  return new TokenStreams(tokens, { batch, window: Math.floor(length / Math.ceil(length / 64)) });
}
