/**
 * Checks a cell's source: the cell is made small, run for a few steps, and its gradient compared with differences in float64.
 */
import { type Comparison, gradcheckReport } from "@tapegrad/conformance";
import { Generator, Recurrent, type Tensor } from "tapegrad";
import { lineOf } from "./error-lines.ts";
import { makerOf } from "./evaluate-cell.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export type CellReport =
  | {
      readonly kind: "right" | "wrong";
      readonly comparisons: readonly Comparison[];
      readonly parameters: readonly NamedShape[];
      /** Names of the tensors in its state. */
      readonly state: readonly string[];
    }
  | {
      readonly kind: "broken";
      readonly message: string;
      /** Of the source, from 1 on, where it is known. */
      readonly line: number | undefined;
    };

/** The sizes differ, so that a product in the wrong order does not fit by chance. */
export const checkSizes = { batch: 2, time: 4, input: 3, hidden: 5 } as const;

export function checkCell(source: string): CellReport {
  const { batch, time, input, hidden } = checkSizes;
  try {
    const generator = new Generator(1);
    const cell = makerOf(source)(input, hidden, generator);
    const layer = new Recurrent(cell);
    const x = generator.normal([batch, time, input]);
    const { shape } = layer.forward(x).output;
    if (shape.at(-1) !== hidden)
      return broken(
        `step: the output is [batch, ${shape.slice(2).join(", ")}] for ${hidden} units; return [batch, hidden]`,
      );
    const run = (model: typeof layer, sequence: Tensor) => model.forward(sequence).output;
    const { passed, comparisons } = gradcheckReport(run, [layer, x], { dtype: "float64" });
    return {
      kind: passed ? "right" : "wrong",
      comparisons,
      parameters: Array.from(cell.namedParameters(), ([name, parameter]) => ({ name, shape: parameter.shape })),
      state: Object.keys(cell.initialState(1)),
    };
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error), lineOf(error));
  }
}

function broken(message: string, line?: number): CellReport {
  return { kind: "broken", message, line };
}
