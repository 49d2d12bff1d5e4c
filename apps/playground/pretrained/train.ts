/**
 * Trains the model that the Units lens offers, and writes it beside this file:
 *
 *     node --conditions=@tapegrad/source apps/playground/pretrained/train.ts jargon.txt
 *
 * One LSTM of 128 units on the Jargon File (jargon-file.ts says where the text comes from).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  Adam,
  bptt,
  clipByGlobalNorm,
  compile,
  crossEntropy,
  Embedding,
  Generator,
  Linear,
  LSTM,
  type LSTMState,
  Module,
  synchronize,
  type Tensor,
  TokenStreams,
  tensor,
  Vocabulary,
} from "tapegrad";
import { encodeHalf } from "./half-file.ts";
import { readJargonFile } from "./jargon-file.ts";

const seed = 1;
const batch = 32;
const window = 128;
const peakRate = 4e-3;
/** Of the text, at its end, what is not trained on; and how much of that goes into the file, to be looked at. */
const heldOutShare = 0.04;
const passageLength = 6000;

class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly head: Linear;

  constructor(vocabulary: number, generator: Generator) {
    super();
    this.embedding = new Embedding(vocabulary, 32, { generator });
    this.lstm = new LSTM(32, 128, { generator });
    this.head = new Linear(128, vocabulary, { generator });
  }

  forward(tokens: Tensor, state: LSTMState): { logits: Tensor; state: LSTMState } {
    const { output, state: next } = this.lstm.forward(this.embedding.forward(tokens), { state });
    return { logits: this.head.forward(output), state: next };
  }
}

const { values, positionals } = parseArgs({
  options: {
    steps: { type: "string", default: "12000" },
    out: { type: "string", default: fileURLToPath(new URL("jargon-lstm-128.safetensors", import.meta.url)) },
  },
  allowPositionals: true,
});
const [path = "jargon.txt"] = positionals;
const steps = Number(values.steps);
const text = readJargonFile(readFileSync(path));
const vocabulary = Vocabulary.of(text);
const tokens = vocabulary.encode(text);
/** The held-out text begins with an entry. */
const split = text.indexOf("\n\n", text.length * (1 - heldOutShare)) + 2;
const streams = new TokenStreams(tokens.subarray(0, split), { batch, window });
const heldOut = new TokenStreams(tokens.subarray(split), { batch: 8, window });

await synchronize();
const model = new CharacterModel(vocabulary.size, new Generator(seed));
const parameters = model.parameters();
const optimizer = new Adam(parameters, { learningRate: peakRate });

interface Read {
  readonly inputs: Tensor;
  readonly targets: Tensor;
}

const lossOf = (state: LSTMState, { inputs, targets }: Read) => {
  const { logits, state: next } = model.forward(inputs, state);
  return { loss: crossEntropy(logits, targets), state: next };
};
const trainStep = compile((before: LSTMState, read: Read) => {
  const { loss, state, gradients } = bptt(lossOf, parameters)(before, read);
  optimizer.step(clipByGlobalNorm(gradients, 1).gradients);
  return { loss, state };
});
const judge = compile(lossOf);

function at(from: TokenStreams, index: number, rows: number): Read {
  const { inputs, targets } = from.at(index);
  return { inputs: tensor(inputs, { shape: [rows, window] }), targets: tensor(targets, { shape: [rows, window] }) };
}

function heldOutBits(): number {
  let state: LSTMState = model.lstm.initialState(8);
  let nats = 0;
  for (let index = 0; index < heldOut.windowsPerEpoch; index++) {
    const read = judge(state, at(heldOut, index, 8));
    nats += read.loss.itemSync();
    state = read.state;
  }
  return nats / heldOut.windowsPerEpoch / Math.LN2;
}

function write(step: number, bits: number): void {
  const metadata = {
    format: "pt",
    vocabulary: JSON.stringify(vocabulary.characters),
    text: text.slice(split, split + passageLength),
    source: "The Jargon File 4.4.7, 29 Dec 2003 (public domain)",
    seed: String(seed),
    steps: String(step),
    heldOutBits: bits.toFixed(4),
  };
  writeFileSync(values.out, encodeHalf(model.stateDict(), metadata));
}

let state: LSTMState = model.lstm.initialState(batch);
for (let step = 0; step < steps; step++) {
  optimizer.learningRate = peakRate * Math.min(1, (step + 1) / 100) * (1 - 0.98 * (step / steps));
  if (streams.at(step).first) state = model.lstm.initialState(batch);
  const result = trainStep(state, at(streams, step, batch));
  state = result.state;
  if ((step + 1) % 250 === 0 || step + 1 === steps) {
    const bits = heldOutBits();
    console.log(`${step + 1}: ${(result.loss.itemSync() / Math.LN2).toFixed(3)} bits, held out ${bits.toFixed(4)}`);
    write(step + 1, bits);
  }
}
