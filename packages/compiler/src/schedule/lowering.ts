/** The type of a lowering, and the interface of the scheduler that lowerings use. */
import type { Program, Variable } from "@tapegrad/core";
import type { PrimitiveName } from "@tapegrad/ops";
import type { PrimitiveNode } from "../rewrite/primitive-node.ts";
import type { Step } from "./step.ts";
import type { Target } from "./target.ts";
import type { MemoryValue, Value } from "./value.ts";

/**
 * How an op that is not elementwise becomes a value, adding steps; undefined leaves it to the host. Its result is not empty. In
 * the entry of an op, the node has that op's attributes and operands.
 */
export type Lowering<Name extends PrimitiveName> = (
  scheduling: Scheduling,
  node: PrimitiveNode<Name>,
  output: Variable,
) => Value | undefined;

/** By op name. */
export type Lowerings = { readonly [Name in PrimitiveName]?: Lowering<Name> };

/** One Program or loop body on the way to steps. */
export interface Scheduling {
  readonly steps: Step[];
  readonly target: Target;
  /** A value that is computed by now. */
  value(variable: Variable): Value;
  /** The same, not a constant. */
  inMemory(variable: Variable): MemoryValue;
  /** The same, in row-major order. */
  denseValue(variable: Variable): MemoryValue;
  /** What `output` is a view of: a value that is computed by now, or a fold of a loop that is still open. */
  viewed(variable: Variable, output: Variable): Value;
  /** Where the result of `variable` is written. */
  place(variable: Variable): MemoryValue;
  /** A result that is computed only when a loop ends up as a step is computed right where it is to be. */
  placeEarly(variable: Variable, to: MemoryValue): void;
  /** Whether there is one reader, of this Program, and no other. */
  isReadOnce(variable: Variable): boolean;
}

/** What regions need as well: their bodies are scheduled apart, given the values of their inputs. */
export interface RegionScheduling extends Scheduling {
  /** By variable. */
  readonly values: Map<number, Value>;
  /** Where the result of a variable has to be, when that is known before it is computed. */
  readonly places: Map<number, MemoryValue>;
  /** A loop's states whose next values may be computed in place, once nothing else reads the values of now. */
  readonly states: Map<number, MemoryValue>;
  /** A body of a region, of which nothing is scheduled yet. */
  inside(body: Program): RegionScheduling;
  /** Makes the steps of all nodes. */
  run(): void;
  /** Ends open loops that hold no floats: indices, for instance. */
  endIndexLoops(): void;
  copied(value: Value): MemoryValue;
}
