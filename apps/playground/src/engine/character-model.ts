/** The model of the character lab: an embedding, one recurrent layer, and a linear map to a score per character. */
import {
  Embedding,
  type Generator,
  type HiddenState,
  Linear,
  Module,
  type RecurrentLayer,
  type Tensor,
} from "tapegrad";

export class CharacterModel<State extends HiddenState> extends Module {
  readonly embedding: Embedding;
  readonly layer: RecurrentLayer<State>;
  readonly head: Linear;
  readonly hidden: number;

  /** `layer` reads and writes `hidden` features. */
  constructor(vocabulary: number, hidden: number, layer: RecurrentLayer<State>, generator: Generator) {
    super();
    this.hidden = hidden;
    this.embedding = new Embedding(vocabulary, hidden, { generator });
    this.layer = layer;
    this.head = new Linear(hidden, vocabulary, { generator });
  }

  /** tokens int32 [batch, time] → logits [batch, time, vocabulary], hidden [batch, time, hidden], the state to carry on. */
  forward(tokens: Tensor, state: State): { logits: Tensor; hidden: Tensor; state: State } {
    const read = this.layer.forward(this.embedding.forward(tokens), { state });
    return { logits: this.head.forward(read.output), hidden: read.output, state: read.state };
  }
}
