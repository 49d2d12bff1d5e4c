/**
 * Many-to-many, sequence to sequence: the spelling of a word is read to its end, in both directions, then its pronunciation is
 * written phoneme by phoneme, looking back at the letters with attention (Bahdanau, Cho and Bengio, 2015).
 */
import {
  Adam,
  AdditiveAttention,
  Batches,
  beamSearch,
  clipByGlobalNorm,
  compile,
  concat,
  cosine,
  crossEntropy,
  Embedding,
  Generator,
  GRU,
  GRUCell,
  Linear,
  Module,
  padSequences,
  Tape,
  type Tensor,
  tanh,
  teacherForcing,
  tensor,
  Vocabulary,
} from "tapegrad";
import { letterByLetter, type Pronunciation, phonemeErrorRate, readPronunciations } from "../data/pronunciations.ts";
import type { Display } from "../display.ts";
import type { ExampleOptions, Outcome } from "../example.ts";
import { train } from "../training.ts";

const letters = Vocabulary.of("abcdefghijklmnopqrstuvwxyz");
/** What the decoder carries: its own state, and the word that it looks back at. */
interface DecoderState {
  readonly h: Tensor;
  /** [batch, time, 2·hidden]. */
  readonly memory: Tensor;
  /** int32 [batch]. */
  readonly lengths: Tensor;
}

class Pronouncer extends Module {
  readonly letters: Embedding;
  readonly encoder: GRU;
  readonly bridge: Linear;
  readonly phonemes: Embedding;
  readonly attention: AdditiveAttention;
  readonly cell: GRUCell;
  readonly head: Linear;

  constructor(phonemes: number, size: number, hidden: number, generator: Generator) {
    super();
    this.letters = new Embedding(letters.size, size, { generator });
    this.encoder = new GRU(size, hidden, { bidirectional: true, generator });
    this.bridge = new Linear(2 * hidden, hidden, { generator });
    this.phonemes = new Embedding(phonemes, size, { generator });
    this.attention = new AdditiveAttention(hidden, 2 * hidden, hidden, { generator });
    this.cell = new GRUCell(size + 2 * hidden, hidden, { generator });
    this.head = new Linear(3 * hidden, phonemes, { generator });
  }

  /** words int32 [batch, time], lengths int32 [batch]. The decoder begins with what both directions know at their ends. */
  read(words: Tensor, lengths: Tensor): DecoderState {
    const { output: memory, state } = this.encoder.forward(this.letters.forward(words), { lengths });
    const [forwards, backwards] = [
      state.h.slice([0], [1]).squeeze({ axis: 0 }),
      state.h.slice([1]).squeeze({ axis: 0 }),
    ];
    return { h: tanh(this.bridge.forward(concat([forwards, backwards], { axis: -1 }))), memory, lengths };
  }

  /** One phoneme on: looks back at the letters, reads the phoneme before, and scores the next. */
  readonly speak = (before: Tensor, { h, memory, lengths }: DecoderState) => {
    const { context } = this.attention.forward(h, memory, { lengths });
    const { output, state } = this.cell.step(concat([this.phonemes.forward(before), context], { axis: -1 }), { h });
    return { logits: this.head.forward(concat([output, context], { axis: -1 })), state: { ...state, memory, lengths } };
  };

  forward(words: Tensor, lengths: Tensor, targets: Tensor, start: number): Tensor {
    return teacherForcing(this.speak, this.read(words, lengths), targets, { start }).logits;
  }
}

export async function pronounce({ steps, seed, limit }: ExampleOptions, display: Display): Promise<Outcome> {
  const { training, heldOut } = readPronunciations({ seed, limit });
  display.say(`${training.length} words to learn from, ${heldOut.length} held out`);
  /** A full stop ends each pronunciation; reading one, the decoder begins. */
  const vocabulary = Vocabulary.of([".", ...[...training, ...heldOut].flatMap(({ phonemes }) => phonemes)]);
  const [end = 0] = vocabulary.encode(["."]);

  const model = new Pronouncer(vocabulary.size, 48, 96, new Generator(seed));
  const parameters = model.parameters();
  const optimizer = new Adam(parameters, { learningRate: cosine(3e-3, { steps }) });
  const trainStep = compile((words: Tensor, lengths: Tensor, targets: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(model.forward(words, lengths, targets, end), targets));
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 1).gradients);
    return loss;
  });
  const batches = new Batches(training, { size: 64, seed, dropLast: true, lengthOf: ({ word }) => word.length });
  const losses = await train(steps, display, (step) => {
    const batch = batches.at(step);
    const sequences = batch.map(({ phonemes }) => vocabulary.encode([...phonemes, "."]));
    // One length for words and pronunciations, in steps of four, so that all batches share a few programs.
    const longest = Math.max(...batch.map(({ word, phonemes }) => Math.max(word.length, phonemes.length + 1)));
    const length = 4 * Math.ceil(longest / 4);
    const { words, lengths } = wordsOf(batch, length);
    const targets = padSequences(sequences, { value: -100, length }); // −100: the loss ignores it.
    return trainStep(words, lengths, tensor(targets.tokens, { shape: targets.shape }));
  });

  const search = compile((words: Tensor, lengths: Tensor) => {
    const start = tensor(new Int32Array(lengths.size).fill(end));
    return beamSearch(model.speak, model.read(words, lengths), start, { beams: 4, end, maxLength: 16, alpha: 1 })
      .tokens;
  });
  const spoken: string[][] = [];
  for (const batch of new Batches(heldOut, { size: 100 }).epoch()) {
    const { words, lengths } = wordsOf(batch, 12);
    const best = search(words, lengths).slice([0, 0], [undefined, 1]).squeeze({ axis: 1 });
    const rows = (await best.toArray()) as number[][]; // int32 [batch, phonemes], filled up with the end.
    spoken.push(...rows.map((tokens) => vocabulary.symbols(tokens.filter((token) => token !== end))));
  }
  for (const [index, { word, phonemes }] of heldOut.slice(0, 6).entries()) {
    display.say(`  ${word}: ${spoken[index]?.join(" ")} (dictionary: ${phonemes.join(" ")})`);
  }
  const expected = heldOut.map(({ phonemes }) => phonemes);
  const counted = letterByLetter(training);
  return {
    losses,
    scores: [
      {
        name: "phoneme error rate",
        value: phonemeErrorRate(spoken, expected),
        baselines: {
          "letter by letter": phonemeErrorRate(
            heldOut.map(({ word }) => counted(word)),
            expected,
          ),
        },
      },
    ],
  };
}

/** The letters of words, filled up to `length`. */
function wordsOf(batch: readonly Pronunciation[], length: number) {
  const sequences = batch.map(({ word }) => letters.encode(word));
  const padded = padSequences(sequences, { length });
  return { words: tensor(padded.tokens, { shape: padded.shape }), lengths: tensor(padded.lengths) };
}
