/** What a Program becomes before code is generated: steps that read and write memory, in order, loops nested. */
import type { Attributes } from "@tapegrad/core";
import type { LoopCounter, MemoryValue, Value } from "./value.ts";

/** Elementwise ops of one shape as one loop. */
export interface FusedStep {
  readonly kind: "fused";
  readonly shape: readonly number[];
  /** Broadcast to `shape`; constants are part of the code. */
  readonly operands: readonly Value[];
  readonly nodes: readonly FusedNode[];
  /** Which results are written, and where. */
  readonly results: readonly { readonly node: number; readonly to: MemoryValue }[];
}

export interface FusedNode {
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly { readonly from: "operand" | "node"; readonly index: number }[];
  readonly dtype: "bool" | "int32" | "float32";
}

/** Matrices [rows, inner] and [inner, columns], dense, either stored transposed, for each entry of a dense batch. */
export interface MatmulStep {
  readonly kind: "matmul";
  readonly left: MemoryValue;
  readonly right: MemoryValue;
  readonly to: MemoryValue;
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
}

/** The middle one of three axes [outer, length, inner] of a dense operand is reduced. */
export interface ReduceStep {
  readonly kind: "reduce";
  readonly op: "sum" | "max" | "min";
  readonly from: MemoryValue;
  readonly to: MemoryValue;
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Element by element into places that strides describe; `fill` first sets all of the target's storage to zero. */
export interface CopyStep {
  readonly kind: "copy";
  readonly from: Value;
  readonly to: MemoryValue;
  /** Bytes to clear before, from `clearAt` on. */
  readonly clear?: MemoryValue;
}

/** Rows of a dense matrix by index: read into `to`, or added to it. */
export interface RowsStep {
  readonly kind: "rows";
  readonly mode: "take" | "add";
  readonly table: MemoryValue;
  readonly indices: MemoryValue;
  readonly rows: MemoryValue;
}

/** A kernel of the host on dense operands. */
export interface HostStep {
  readonly kind: "host";
  readonly op: string;
  readonly attributes: Attributes;
  readonly operands: readonly MemoryValue[];
  readonly to: MemoryValue;
}

export interface LoopStep {
  readonly kind: "loop";
  readonly counter: LoopCounter;
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Step[];
}

export type Step = FusedStep | MatmulStep | ReduceStep | CopyStep | RowsStep | HostStep | LoopStep;

/** The values that a step reads and writes. */
export function valuesOf(step: Exclude<Step, LoopStep>): { reads: readonly Value[]; writes: readonly MemoryValue[] } {
  switch (step.kind) {
    case "fused":
      return { reads: step.operands, writes: step.results.map(({ to }) => to) };
    case "matmul":
      return { reads: [step.left, step.right], writes: [step.to] };
    case "reduce":
      return { reads: [step.from], writes: [step.to] };
    case "copy":
      return { reads: [step.from], writes: step.clear === undefined ? [step.to] : [step.clear, step.to] };
    case "rows":
      return step.mode === "take"
        ? { reads: [step.table, step.indices], writes: [step.rows] }
        : { reads: [step.rows, step.indices, step.table], writes: [step.table] };
    case "host":
      return { reads: step.operands, writes: [step.to] };
  }
}
