/** The character model of the learning table: embedding 128, one recurrent layer of 256, one score per character. */
import {
  Embedding,
  type Generator,
  type HiddenState,
  Linear,
  Module,
  type RecurrentLayer,
  type Tensor,
} from "tapegrad";
import { type CellName, layers } from "./cells.ts";

const embeddingSize = 128;
const hiddenSize = 256;

/** All initial values are the layers' own, which are PyTorch's. */
export class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: RecurrentLayer;
  readonly head: Linear;

  constructor(vocabularySize: number, cell: CellName, generator: Generator) {
    super();
    this.embedding = new Embedding(vocabularySize, embeddingSize, { generator });
    this.recurrent = new layers[cell](embeddingSize, hiddenSize, { generator });
    this.head = new Linear(hiddenSize, vocabularySize, { generator });
  }

  /** tokens int32 [batch, time] → logits [batch, time, vocabulary], and the state to carry on with. */
  forward(tokens: Tensor, state: HiddenState): { logits: Tensor; state: HiddenState } {
    const { output, state: next } = this.recurrent.forward(this.embedding.forward(tokens), { state });
    return { logits: this.head.forward(output), state: next };
  }
}
