/**
 * The error classes. Every message has the form `op: what is wrong: operands (the axis that differs); remedy`, so that a reader
 * always finds fault, operands and remedy in the same place.
 * @example
 * import { ones, TapegradError } from "tapegrad";
 * try {
 *   ones([2]).reshape([3]);
 * } catch (error) {
 *   console.log(error instanceof TapegradError && error.message);
 *   // → reshape: sizes differ: [2] to [3] (2 ≠ 3); keep the number of elements
 * }
 */
export class TapegradError extends Error {
  constructor(op: string, problem: string, remedy?: string, options?: ErrorOptions) {
    super(`${op}: ${problem}${remedy === undefined ? "" : `; ${remedy}`}`, options);
    this.name = new.target.name;
  }
}

/**
 * Operand shapes, axes or indices that do not fit together.
 * @example
 * import { ones } from "tapegrad";
 * try {
 *   ones([2, 3]).matmul(ones([4, 5]));
 * } catch (error) {
 *   console.log(String(error));
 *   // → ShapeError: matmul: inner dimensions differ: [2,3] × [4,5] (3 ≠ 4); transpose the right operand?
 * }
 */
export class ShapeError extends TapegradError {}
/**
 * An element type that the op does not take.
 * @example
 * import { grad, tensor } from "tapegrad";
 * try {
 *   grad((x) => x.sum())(tensor([1, 2], { dtype: "int32" }));
 * } catch (error) {
 *   console.log(String(error));
 *   // → DTypeError: grad: x is int32, which has no derivative; cast it to a float dtype, or leave it out of what is differentiated (close over it)
 * }
 */
export class DTypeError extends TapegradError {}
/**
 * A tensor, tape or handle used after it was freed.
 * @example
 * import { ones } from "tapegrad";
 * const x = ones([2]);
 * x.dispose();
 * try {
 *   x.add(1);
 * } catch (error) {
 *   console.log(String(error));
 *   // → DisposedError: tensor: this float32 [2] was disposed of; dispose after the last use
 * }
 */
export class DisposedError extends TapegradError {}
/**
 * A recording that was used wrongly, such as reading data while tracing.
 * @example
 * import { compile, tensor, TraceError } from "tapegrad";
 * try {
 *   compile((x) => x.mul(x.itemSync()))(tensor(2));
 * } catch (error) {
 *   console.log(error instanceof TraceError); // → true
 * }
 */
export class TraceError extends TapegradError {}
/**
 * Something that this op, backend or platform cannot do.
 * @example
 * import { Bidirectional, GRUCell } from "tapegrad";
 * try {
 *   new Bidirectional(new GRUCell(1, 1), new GRUCell(1, 1), { merge: "max" as "sum" });
 * } catch (error) {
 *   console.log(String(error));
 *   // → UnsupportedError: Bidirectional: unknown merge "max"; use one of concat, sum, mean, mul
 * }
 */
export class UnsupportedError extends TapegradError {}
/**
 * A file whose bytes are not what its format promises.
 * @example
 * import { decodeTensors } from "tapegrad";
 * try {
 *   decodeTensors(new Uint8Array(3));
 * } catch (error) {
 *   console.log(String(error));
 *   // → FormatError: safetensors.decode: the file ends inside the header's length (3 < 8 bytes); the file is truncated; fetch it again
 * }
 */
export class FormatError extends TapegradError {}
/**
 * A backend that is missing, mixed with another, lost, or out of memory.
 * @example
 * import { ones } from "tapegrad";
 * try {
 *   ones([2 ** 20, 2 ** 20]);
 * } catch (error) {
 *   console.log(String(error));
 *   // → BackendError: ones: there is no memory for float32 [1048576,1048576]: 4398046511104 bytes; use smaller sizes
 * }
 */
export class BackendError extends TapegradError {}
/**
 * A NaN or infinity that `detectAnomaly` found.
 * @example
 * import { AnomalyError, detectAnomaly, zeros } from "tapegrad";
 * const f = () => zeros([2]).div(0);
 * try {
 *   detectAnomaly(f);
 * } catch (error) {
 *   console.log(error instanceof AnomalyError && error.message.split(":")[0]); // → div
 * }
 */
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
