/** The model of every run: an encoder of the inputs, recurrent layers, and a linear map to scores or numbers. */
import { Embedding, type Generator, type HiddenState, Linear, Module, Recurrent, type Tensor } from "tapegrad";
import type { MakeCell } from "./cells.ts";
import { type Elements, widthOf } from "./tasks/task.ts";

export interface ModelSizes {
  readonly input: Elements;
  readonly output: Elements;
  readonly layers: number;
  readonly hidden: number;
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
  /** Of tokens; numbers enter the first layer as they are. */
  readonly embedding: Embedding | undefined;
  readonly layers: readonly Recurrent<HiddenState>[];
  readonly head: Linear;

  /** Everything is drawn from `generator` in this order: embedding, layers from the first on, head. */
  constructor({ input, output, layers, hidden }: ModelSizes, makeCell: MakeCell, generator: Generator) {
    super();
    this.embedding = input.kind === "tokens" ? new Embedding(widthOf(input), hidden, { generator }) : undefined;
    const first = input.kind === "tokens" ? hidden : widthOf(input);
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
    return this.embedding === undefined ? inputs : this.embedding.forward(inputs);
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
