/** The model of every run: an encoder of the inputs, recurrent layers, and a linear map to scores or numbers. */
import { Embedding, type Generator, type HiddenState, Linear, Module, oneHot, Recurrent, type Tensor } from "tapegrad";
import type { MakeCell } from "./cells.ts";
import { type Elements, widthOf } from "./tasks/task.ts";

export interface ModelSizes {
  readonly input: Elements;
  readonly output: Elements;
  readonly layers: number;
  readonly hidden: number;
  /** Numbers per token, 0 to read tokens one-hot; `hidden` by default. */
  readonly embedding?: number | undefined;
}

export interface Read {
  /** [batch, time, score or number]. */
  readonly outputs: Tensor;
  /** Of each layer, h after every step: [batch, time, hidden]. */
  readonly hidden: readonly Tensor[];
  /** Of each layer, to carry on with. */
  readonly states: readonly HiddenState[];
}

export class SequenceModel extends Module {
  /** Of tokens, unless they are read one-hot; numbers enter the first layer as they are. */
  readonly embedding: Embedding | undefined;
  readonly layers: readonly Recurrent<HiddenState>[];
  readonly head: Linear;
  readonly #input: Elements;

  /** Everything is drawn from `generator` in this order: embedding, layers from the first on, head. */
  constructor(sizes: ModelSizes, makeCell: MakeCell, generator: Generator) {
    super();
    const { input, output, layers, hidden, embedding = hidden } = sizes;
    this.#input = input;
    const isEmbedded = input.kind === "tokens" && embedding > 0;
    this.embedding = isEmbedded ? new Embedding(widthOf(input), embedding, { generator }) : undefined;
    const first = isEmbedded ? embedding : widthOf(input);
    this.layers = Array.from(
      { length: layers },
      (_, layer) => new Recurrent(makeCell(layer === 0 ? first : hidden, hidden, generator)),
    );
    this.head = new Linear(hidden, widthOf(output), { generator });
  }

  initialStates(batch: number): readonly HiddenState[] {
    return this.layers.map(({ cell }) => cell.initialState(batch));
  }

  /** Tokens [batch, time] or numbers [batch, time, feature] → what the first layer reads. */
  encode(inputs: Tensor): Tensor {
    if (this.embedding !== undefined) return this.embedding.forward(inputs);
    return this.#input.kind === "tokens" ? oneHot(inputs, widthOf(this.#input)) : inputs;
  }

  forward(inputs: Tensor, states: readonly HiddenState[]): Read {
    return this.read(this.encode(inputs), states);
  }

  /** `forward` of what is already encoded, [batch, time, feature]. */
  read(encoded: Tensor, states: readonly HiddenState[]): Read {
    let features = encoded;
    const hidden: Tensor[] = [];
    const after: HiddenState[] = [];
    for (const [index, layer] of this.layers.entries()) {
      const state = states[index];
      const read = layer.forward(features, state === undefined ? {} : { state });
      features = read.output;
      hidden.push(read.output);
      after.push(read.state);
    }
    return { outputs: this.head.forward(features), hidden, states: after };
  }
}
