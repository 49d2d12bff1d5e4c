/** The properties of a backend on which the steps of a Program depend. */
import type { ProgramNode, Shape, TensorType } from "@tapegrad/core";
import type { Pass } from "../rewrite/rewrite.ts";
import type { StepPass } from "./step.ts";

/** What a backend can do in one step. */
export interface Target {
  /** In messages. */
  readonly name: string;
  /** Whether the op, on operands of these dtypes, can be part of a fused loop. */
  isElementwise(node: ProgramNode): boolean;
  /** Whether ops of these names are not too many for one fused loop. */
  fitsOneLoop(ops: readonly string[]): boolean;
  /** Whether a fused loop can fold its values along the axes that are 1 in `result`, rather than write them. */
  foldsInLoop(values: TensorType, result: TensorType): boolean;
  /** Whether a fused loop works on runs: neighbours along the innermost axis must be neighbours in memory, or one element. */
  readonly needsRuns: boolean;
  /** int32 elements of scratch that sorting a tensor of this shape along `axis` takes. */
  sortScratch(shape: Shape, axis: number, dtype: ProgramNode["outputs"][number]["dtype"]): number;
  /** Whether float32 can be added to totals in float64. */
  readonly addsToDoubles?: boolean;
  /** Whether an op that has become no other step can run on the host, in the middle of a Program. */
  readonly hasHost: boolean;
  /** Passes that do not pay here. */
  readonly without?: readonly Pass[];
  /** What is done to the steps, in this order, before code is written for them. */
  readonly stepPasses?: readonly StepPass[];
}
