/** The recurrent layer of a task by the name of its cell, and how much it multiplies. */
import { type Generator, GRU, LSTM, type Module, Recurrent, RNN, type Tensor } from "tapegrad";
import { RandomCell } from "./random-cell.ts";
import { drawRecipe } from "./random-recipe.ts";
import type { CellName, LayerName, Task } from "./tasks.ts";
import { LayerNormalisedLSTMCell, TextbookLSTMCell } from "./written-cells.ts";

export interface SequenceLayer extends Module {
  forward(x: Tensor): { readonly output: Tensor };
}

const layers = { lstm: LSTM, gru: GRU, rnn: RNN } satisfies Record<LayerName, unknown>;
const gates = { lstm: 4, gru: 3, rnn: 1, "textbook lstm": 4, "layer-normalised lstm": 4 } as const;

/** [batch, time, hidden] → [batch, time, hidden]. */
export function recurrentLayer(cell: CellName, hidden: number, generator: Generator): SequenceLayer {
  switch (cell) {
    case "lstm":
    case "gru":
    case "rnn":
      return new layers[cell](hidden, hidden, { generator });
    case "textbook lstm":
      return new Recurrent(new TextbookLSTMCell(hidden, generator));
    case "layer-normalised lstm":
      return new Recurrent(new LayerNormalisedLSTMCell(hidden, generator));
    default:
      return new Recurrent(new RandomCell(drawRecipe(seedOf(cell)), hidden, generator));
  }
}

/**
 * Floating-point operations of one training step that are products of matrices, as they are written: each [batch, K] × [K, N]
 * costs 2·batch·K·N forward and twice that backward. A gate's map of [h, x] is [2H, H]; the head is [H, V].
 */
export function operationsOf({ cell, batch, time, hidden, vocabulary }: Task): number {
  const count = cell in gates ? gates[cell as keyof typeof gates] : drawRecipe(seedOf(cell)).gates.length;
  return 6 * time * batch * (count * 2 * hidden * hidden + hidden * vocabulary);
}

/** The seed of `random <seed>`. */
export function seedOf(cell: CellName): number {
  return Number(cell.slice("random ".length));
}
