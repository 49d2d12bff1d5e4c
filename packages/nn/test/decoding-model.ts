/** A small decoder with random weights, whose next token depends on all those before. */
import type { Tensor } from "@tapegrad/core";
import { type DecodingStep, Embedding, GRUCell, type HiddenState, Linear, Module } from "@tapegrad/nn";
import { Generator, mul } from "@tapegrad/ops";

export class Decoder extends Module {
  readonly hidden = 4;
  readonly embedding: Embedding;
  readonly cell: GRUCell;
  readonly readout: Linear;

  constructor(vocabulary: number, seed: number) {
    super();
    const generator = new Generator(seed);
    this.embedding = new Embedding(vocabulary, 3, { generator });
    this.cell = new GRUCell(3, this.hidden, { generator });
    this.readout = new Linear(this.hidden, vocabulary, { generator });
  }

  /** Logits far enough apart that sequences differ in probability. */
  forward: DecodingStep<HiddenState> = (tokens: Tensor, state: HiddenState) => {
    const { output, state: next } = this.cell.step(this.embedding.forward(tokens), state);
    return { logits: mul(this.readout.forward(output), 4), state: next };
  };

  initialState(batch: number, seed = 9): HiddenState {
    return { h: new Generator(seed).normal([batch, this.hidden]) };
  }
}
