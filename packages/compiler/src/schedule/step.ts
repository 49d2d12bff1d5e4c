/** The steps that a Program becomes before code is generated: they read and write memory, in order, and loops are nested. */

import type { Attributes, DType, OpDefinition } from "@tapegrad/core";
import type { Fold } from "./folds.ts";
import type { LoopCounter, MemoryValue, Storage, Value } from "./value.ts";

/** Elementwise ops of one shape as one loop. */
export interface FusedStep {
  readonly kind: "fused";
  readonly shape: readonly number[];
  /** Broadcast to `shape`; constants are part of the code. */
  readonly operands: readonly Value[];
  readonly nodes: readonly FusedNode[];
  readonly results: readonly FusedResult[];
}

/** What a loop writes of a node's values, and where: seen in the loop's shape. */
export interface FusedResult {
  readonly node: number;
  readonly to: MemoryValue;
  /** Values are folded into what is there; what `to` has stride 0 along is reduced. */
  readonly fold?: Fold;
}

/** An op inside a fused loop. */
export interface FusedNode {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly { readonly from: "operand" | "node"; readonly index: number }[];
  readonly dtype: DType;
}

/**
 * Matrices [rows, inner] and [inner, columns], dense, either stored transposed, for each entry of the batch axes in front,
 * where operands may repeat.
 */
export interface MatmulStep {
  readonly kind: "matmul";
  readonly left: MemoryValue;
  readonly right: MemoryValue;
  readonly to: MemoryValue;
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
  /** Whether the products are added to what is in `to`, rather than written there. */
  readonly accumulates?: boolean;
  /** What is computed of every result at once, where a backend does so. */
  readonly epilogue?: Epilogue;
}

/** A fused loop over the results of a product, in their row-major order. */
export interface Epilogue {
  readonly step: FusedStep;
  /** Which of the loop's operands is the result. */
  readonly operand: number;
  /** Whether the result itself is needed in memory, too. */
  readonly keepsResult: boolean;
}

/** What `to` has stride 0 along, seen in the shape of `from`, is reduced: any axes; for positions, one. */
export interface ReduceStep {
  readonly kind: "reduce";
  readonly op: Fold | "argmax" | "argmin";
  readonly from: MemoryValue;
  readonly to: MemoryValue;
}

/** Running sums along an axis. */
export interface CumulateStep {
  readonly kind: "cumulate";
  readonly from: MemoryValue;
  readonly to: MemoryValue;
  readonly axis: number;
}

/** The positions that sort along an axis. */
export interface SortStep {
  readonly kind: "sort";
  readonly from: MemoryValue;
  readonly to: MemoryValue;
  readonly scratch: MemoryValue;
  readonly axis: number;
  readonly descending: boolean;
}

/** `start + i·step`. */
export interface IotaStep {
  readonly kind: "iota";
  readonly start: number;
  readonly step: number;
  readonly to: MemoryValue;
}

/** `bits` random bits per element, from a dense state of three words. */
export interface RandomBitsStep {
  readonly kind: "randomBits";
  readonly bits: number;
  readonly state: MemoryValue;
  readonly to: MemoryValue;
}

/** Element by element into places that strides describe. */
export interface CopyStep {
  readonly kind: "copy";
  readonly from: Value;
  readonly to: MemoryValue;
  /** What is set to zero before. */
  readonly clear?: MemoryValue;
}

/**
 * Elements of a table by index along one of its axes, read into `rows` or added from there. Table and indices are seen in the
 * shape of `rows`, the table at index 0 and repeated along the axes that only indices have, indices repeated along the others.
 */
export interface RowsStep {
  readonly kind: "rows";
  readonly mode: "take" | "add";
  readonly table: MemoryValue;
  /** Of the table's axis: how many positions, and elements from one to the next. */
  readonly length: number;
  readonly stride: number;
  readonly indices: MemoryValue;
  readonly rows: MemoryValue;
}

/** A kernel of the host on dense operands. */
export interface HostStep {
  readonly kind: "host";
  /** The record: a kernel of its name computes it, or its own `host`. */
  readonly op: OpDefinition;
  readonly attributes: Attributes;
  readonly operands: readonly MemoryValue[];
  readonly to: MemoryValue;
}

/** A loop whose body is steps. */
export interface LoopStep {
  readonly kind: "loop";
  readonly counter: LoopCounter;
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Step[];
}

/** One of two lists of steps, as a value decides. */
export interface CondStep {
  readonly kind: "cond";
  readonly test: MemoryValue;
  readonly whenTrue: readonly Step[];
  readonly whenFalse: readonly Step[];
}

/** A Program as steps, for a backend to write code for. */
export interface Schedule {
  readonly steps: readonly Step[];
  readonly inputs: readonly MemoryValue[];
  /** Dense. */
  readonly outputs: readonly MemoryValue[];
}

/** Rewrites steps into others with the same results. */
export type StepPass = (schedule: Schedule) => Schedule;

/** A step without steps inside. */
export type PlainStep =
  | FusedStep
  | MatmulStep
  | ReduceStep
  | CumulateStep
  | SortStep
  | IotaStep
  | RandomBitsStep
  | CopyStep
  | RowsStep
  | HostStep;

/** What a backend runs at once. */
export type Step = PlainStep | LoopStep | CondStep;

/** The lists of steps inside a step. */
export function bodiesOf(step: LoopStep | CondStep): readonly (readonly Step[])[] {
  return step.kind === "loop" ? [step.body] : [step.whenTrue, step.whenFalse];
}

/** The step with other lists of steps inside. */
export function mapBodies<Around extends LoopStep | CondStep>(
  step: Around,
  change: (body: readonly Step[]) => readonly Step[],
): Around {
  return step.kind === "loop"
    ? { ...step, body: change(step.body) }
    : { ...step, whenTrue: change(step.whenTrue), whenFalse: change(step.whenFalse) };
}

/** Whether a step has no steps inside. */
export function isPlain(step: Step): step is PlainStep {
  return step.kind !== "loop" && step.kind !== "cond";
}

/** Whether anything in the list writes a value that fits. */
export function writesSome(steps: readonly Step[], fits: (value: MemoryValue) => boolean): boolean {
  return steps.some((step) =>
    isPlain(step) ? valuesOf(step).writes.some(fits) : bodiesOf(step).some((body) => writesSome(body, fits)),
  );
}

/** The values that a step reads and writes. */
export function valuesOf(step: PlainStep): { reads: readonly Value[]; writes: readonly MemoryValue[] } {
  switch (step.kind) {
    case "fused":
      return {
        reads: [...step.operands, ...step.results.flatMap(({ to, fold }) => (fold === undefined ? [] : [to]))],
        writes: step.results.map(({ to }) => to),
      };
    case "matmul":
      return valuesOfMatmul(step);
    case "reduce":
    case "cumulate":
      return { reads: [step.from], writes: [step.to] };
    case "sort":
      return { reads: [step.from], writes: [step.scratch, step.to] };
    case "iota":
      return { reads: [], writes: [step.to] };
    case "randomBits":
      return { reads: [step.state], writes: [step.to] };
    case "copy":
      return { reads: [step.from], writes: step.clear === undefined ? [step.to] : [step.clear, step.to] };
    case "rows": {
      const table = wholeTable(step);
      return step.mode === "take"
        ? { reads: [table, step.indices], writes: [step.rows] }
        : { reads: [step.rows, step.indices, table], writes: [table] };
    }
    case "host":
      return { reads: step.operands, writes: [step.to] };
  }
}

function valuesOfMatmul({ left, right, to, accumulates, epilogue }: MatmulStep): ReturnType<typeof valuesOf> {
  const own = accumulates === true ? [left, right, to] : [left, right];
  if (epilogue === undefined) return { reads: own, writes: [to] };
  const { reads, writes } = valuesOf(epilogue.step);
  const others = reads.filter((_, operand) => operand !== epilogue.operand);
  return { reads: [...own, ...others], writes: epilogue.keepsResult ? [to, ...writes] : writes };
}

/** The values in memory that a step reads and writes. */
export function memoryOf(step: PlainStep): readonly MemoryValue[] {
  const { reads, writes } = valuesOf(step);
  return [...reads.filter((value) => value.kind === "memory"), ...writes];
}

/** Whether anything in the step reads or writes the storage. */
export function touches(step: Step, storage: Storage): boolean {
  if (step.kind === "cond" && step.test.address.storage === storage) return true;
  if (!isPlain(step)) return bodiesOf(step).some((body) => body.some((inner) => touches(inner, storage)));
  return memoryOf(step).some(({ address }) => address.storage === storage);
}

/** The step on the same values elsewhere, as `move` says for each. */
export function movedStep(step: PlainStep, move: (value: MemoryValue) => MemoryValue): PlainStep {
  const any = (value: Value): Value => (value.kind === "constant" ? value : move(value));
  switch (step.kind) {
    case "fused":
      return movedFused(step, move);
    case "matmul": {
      const { left, right, to, epilogue } = step;
      const moved = epilogue && { epilogue: { ...epilogue, step: movedFused(epilogue.step, move) } };
      return { ...step, left: move(left), right: move(right), to: move(to), ...moved };
    }
    case "reduce":
    case "cumulate":
      return { ...step, from: move(step.from), to: move(step.to) };
    case "sort":
      return { ...step, from: move(step.from), to: move(step.to), scratch: move(step.scratch) };
    case "iota":
      return { ...step, to: move(step.to) };
    case "randomBits":
      return { ...step, state: move(step.state), to: move(step.to) };
    case "copy": {
      const { from, to, clear } = step;
      return { ...step, from: any(from), to: move(to), ...(clear === undefined ? {} : { clear: move(clear) }) };
    }
    case "rows":
      return { ...step, table: move(step.table), indices: move(step.indices), rows: move(step.rows) };
    case "host":
      return { ...step, operands: step.operands.map(move), to: move(step.to) };
  }
}

function movedFused(step: FusedStep, move: (value: MemoryValue) => MemoryValue): FusedStep {
  return {
    ...step,
    operands: step.operands.map((value) => (value.kind === "constant" ? value : move(value))),
    results: step.results.map((result) => ({ ...result, to: move(result.to) })),
  };
}

/** The table at all indices. */
function wholeTable({ table, length, stride }: RowsStep): MemoryValue {
  return { ...table, shape: [...table.shape, length], strides: [...table.strides, stride] };
}
