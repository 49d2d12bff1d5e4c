/**
 * Learns a text character by character, and measures every 500 steps how well the model predicts the last tenth. Batches are 32
 * contiguous streams, windows of 64 characters with the state carried over, Adam at 2e-3, gradients clipped to norm 1.
 */
import {
  Adam,
  bptt,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Generator,
  type HiddenState,
  type Tensor,
  TokenStreams,
  tensor,
  Vocabulary,
} from "tapegrad";
import type { Display } from "../display.ts";
import { train } from "../training.ts";
import type { CellName } from "./cells.ts";
import { CharacterModel } from "./character-model.ts";
import type { TextRecord } from "./records.ts";

const batch = 32;
const window = 64;
const trainingShare = 0.9;

export interface TextOptions {
  readonly cell: CellName;
  readonly seed: number;
  readonly steps: number;
  /** Steps between two measurements. */
  readonly every: number;
}

export async function learnText(
  text: string,
  { cell, seed, steps, every }: TextOptions,
  display: Display,
): Promise<TextRecord> {
  const startedAt = performance.now();
  const vocabulary = Vocabulary.of(text);
  const tokens = vocabulary.encode(text);
  const split = Math.floor(tokens.length * trainingShare);
  const streams = new TokenStreams(tokens.subarray(0, split), { batch, window });
  const heldOut = new TokenStreams(tokens.subarray(split), { batch, window });
  const model = new CharacterModel(vocabulary.size, cell, new Generator(seed));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: 2e-3 });

  const lossOf = (state: HiddenState, { inputs, targets }: Window) => {
    const { logits, state: next } = model.forward(inputs, state);
    return { loss: crossEntropy(logits, targets), state: next };
  };
  const trainStep = compile((before: HiddenState, tokens: Window) => {
    const { loss, state, gradients } = bptt(lossOf, parameters)(before, tokens);
    optimizer.step(clipByGlobalNorm(gradients, 1).gradients);
    return { loss, state };
  });
  const evaluate = compile(lossOf);
  const heldOutLoss = async () => {
    let state = model.recurrent.initialState(batch);
    let total = 0;
    for (let index = 0; index < heldOut.windowsPerEpoch; index++) {
      const read = evaluate(state, windowAt(heldOut, index));
      total += await read.loss.item();
      state = read.state;
    }
    return total / heldOut.windowsPerEpoch;
  };

  let state = model.recurrent.initialState(batch);
  const points: (readonly [step: number, nats: number])[] = [];
  const step = (index: number) => {
    if (streams.at(index).first) state = model.recurrent.initialState(batch);
    const result = trainStep(state, windowAt(streams, index));
    state = result.state;
    return result.loss;
  };
  const look = async (done: number) => {
    const nats = await heldOutLoss();
    points.push([done, Number(nats.toFixed(4))]);
    display.say(`${cell}, seed ${seed}: ${nats.toFixed(4)} nats per character after ${done} steps`);
    return "go on" as const;
  };
  await train(steps, display, step, { every, look });
  return { task: "text", cell, seed, points, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

interface Window {
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

function windowAt(streams: TokenStreams, step: number): Window {
  const { inputs, targets } = streams.at(step);
  const shape = [batch, window];
  return { inputs: tensor(inputs, { shape }), targets: tensor(targets, { shape }) };
}
