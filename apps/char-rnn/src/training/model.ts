/** The character model: embedding → recurrent layers → one score per character. */
import {
  compile,
  crossEntropy,
  Dropout,
  Embedding,
  type Generator,
  GRU,
  type HiddenState,
  Linear,
  LSTM,
  Module,
  type RecurrentLayer,
  RNN,
  type Tensor,
} from "tapegrad";
import type { Configuration } from "./configuration.ts";

/** Hidden state between windows, each tensor [layers, batch, hidden]; an LSTM's also has `c`. */
export type CarriedState = HiddenState;

const layerTypes = { rnn: RNN, lstm: LSTM, gru: GRU } satisfies Record<Configuration["cell"], unknown>;

export class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: RecurrentLayer;
  readonly dropout: Dropout;
  readonly head: Linear;

  constructor(vocabularySize: number, { cell, hidden, layers, dropout }: Configuration, generator: Generator) {
    super();
    this.embedding = new Embedding(vocabularySize, hidden, { generator });
    this.recurrent = new layerTypes[cell](hidden, hidden, { layers, dropout, generator });
    this.dropout = new Dropout(dropout, { generator });
    this.head = new Linear(hidden, vocabularySize, { generator });
  }

  /** Zeros, for the beginning of `batch` texts. */
  initialState(batch: number): CarriedState {
    return this.recurrent.initialState(batch);
  }

  /** `forward` as one program, for reading without learning. */
  readonly predict = compile((tokens: Tensor, state: CarriedState) => this.forward(tokens, state));

  /** Mean cross entropy of the characters that follow, in nats, and the state after; as one program. */
  readonly judge = compile((tokens: Tensor, targets: Tensor, state: CarriedState) => {
    const { logits, state: next } = this.forward(tokens, state);
    return { nats: crossEntropy(logits, targets), state: next };
  });

  /** tokens int32 [batch, time] → logits [batch, time, vocabulary] of the characters that follow, and the state after. */
  forward(tokens: Tensor, state: CarriedState): { logits: Tensor; state: CarriedState } {
    const { output, state: next } = this.recurrent.forward(this.embedding.forward(tokens), { state });
    return { logits: this.head.forward(this.dropout.forward(output)), state: next };
  }
}
