/**
 * The error classes. Every message has one form, so that a reader finds the fault, the operands and the way out in the
 * same place each time: `op: what is wrong: operands (the axis that differs); remedy`.
 */
export class TapegradError extends Error {
  constructor(op: string, problem: string, remedy?: string, options?: ErrorOptions) {
    super(`${op}: ${problem}${remedy === undefined ? "" : `; ${remedy}`}`, options);
    this.name = new.target.name;
  }
}

/** Operand shapes, axes or indices that do not fit together. */
export class ShapeError extends TapegradError {}
/** An element type that the op does not take. */
export class DTypeError extends TapegradError {}
/** A tensor, tape or handle used after it was freed. */
export class DisposedError extends TapegradError {}
/** A recording that was used wrongly, such as reading data while tracing. */
export class TraceError extends TapegradError {}
/** Something that this op, backend or platform cannot do. */
export class UnsupportedError extends TapegradError {}
/** A file whose bytes are not what its format promises. */
export class FormatError extends TapegradError {}
/** A backend that is missing, mixed with another, lost, or out of memory. */
export class BackendError extends TapegradError {}
/** A NaN or infinity that `detectAnomaly` found. */
export class AnomalyError extends TapegradError {}

/** A fault of ours, never of the caller. */
export function internal(problem: string): Error {
  return new Error(`internal: ${problem}`);
}

/** Returns `value`, which the program's own invariants say is defined. */
export function defined<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw internal(`${what} is missing`);
  return value;
}
