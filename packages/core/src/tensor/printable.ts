/** The text of a tensor or Parameter in `${x}` and in the consoles of Node, Deno, Bun and browsers. */

import { type TapegradError, UnsupportedError } from "../errors/errors.ts";
import type { Parameter } from "../parameters/parameter.ts";
import { OfThisCopy } from "../platform/library-copy.ts";
import type { TracedNumber } from "../program/traced-number.ts";
import type { TypedArray } from "./dtype.ts";
import { kind } from "./kind.ts";
import { formatShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { shortText, type TextLimits, valuesText, wholeText } from "./values-text.ts";
import type { TensorType } from "./variable.ts";

/** The value of a field that makes `structuredClone` and `postMessage` throw, in V8 with this text. */
const cannotBeCloned = Symbol("a tensor or Parameter: send await t.data(), or encodeTensors(model.stateDict())");

export abstract class Printable extends OfThisCopy implements TensorType {
  /** Values are private: copies made by `structuredClone` and `postMessage` would lack them. Symbols cannot be cloned. */
  protected readonly clone: symbol = cannotBeCloned;
  abstract readonly [kind]: "tensor" | "number" | "parameter";
  abstract readonly shape: TensorType["shape"];
  abstract readonly dtype: TensorType["dtype"];
  /** What it is, and its name if it has one: `Tensor(`. */
  protected abstract readonly opening: string;

  /** The values, to be read at once, if they can be now and without a recorder's notice; else why not. */
  protected abstract peek(): TypedArray | string;

  /** What arithmetic on the object itself throws. */
  protected abstract misuse(): TapegradError;

  /** Type and values; of many values the first and last along each axis. Or why there are no values to be seen. */
  override toString(): string {
    return this.#textWithin(wholeText);
  }

  #textWithin(limits: TextLimits): string {
    const values = this.peek();
    const type = `${this.opening}${this.dtype} ${formatShape(this.shape)}`;
    if (typeof values === "string") return `${type}, ${values})`;
    const text = valuesText(values, this, limits);
    return `${type})${text.includes("\n") ? "\n" : " "}${text}`;
  }

  /** `toString()`. Consoles of browsers offer getters of an object that is unfolded, and show their value on a click. */
  get text(): string {
    return this.toString();
  }

  get [Symbol.toStringTag](): string {
    return `${this.opening}${this.dtype} ${formatShape(this.shape)})`;
  }

  /** Consoles on servers call it: of a thing inside another one there is less depth left than there was. */
  [Symbol.for("nodejs.util.inspect.custom")](depth: number, { depth: whole = depth }: { depth?: number } = {}): string {
    return this.#textWithin(depth < whole ? shortText : wholeText);
  }

  /** `JSON.stringify` would write shape and dtype and leave the values out. @throws UnsupportedError */
  protected toJSON(): never {
    throw new UnsupportedError(
      "JSON",
      "tensors have none",
      "use await t.toArray(), or encodeTensors(model.stateDict())",
    );
  }

  /** `Array.from(x)` would give an empty array, and `x.length` undefined. @throws UnsupportedError */
  protected get length(): never {
    throw new UnsupportedError("length", "tensors have none", "use t.shape[0], or await t.toArray()");
  }

  /** `${x}` is its text; `x + 1` and `x > 0` would silently make NaN, a string or false. @throws TapegradError */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw this.misuse();
  }
}

// Asked without the classes: what takes a Parameter, or a number of a recorded function, need not bring them into a bundle.

/** What `value` is, unless it is none of this package's. Quicker than `instanceof`, which is asked for whatever has no kind. */
function kindOf(value: unknown): Printable[typeof kind] | undefined {
  const found = (value as Partial<Printable> | null | undefined)?.[kind]; // The one unchecked cast: only a Printable has that symbol.
  return found ?? (value instanceof Printable ? value[kind] : undefined);
}

/** Whether `value` is a Parameter. */
export function isParameter(value: unknown): value is Parameter {
  return kindOf(value) === "parameter";
}

/** Whether `value` is a tensor, and no number of a recorded function. */
export function isPlainTensor(value: unknown): value is Tensor {
  return kindOf(value) === "tensor";
}

/** Whether `value` is a number among the arguments of a function that is being recorded. */
export function isTracedNumber(value: unknown): value is TracedNumber {
  return kindOf(value) === "number";
}

/** Whether ops are to take `value` as a number. */
export function isNumberLike(value: unknown): value is number | TracedNumber {
  return typeof value === "number" || isTracedNumber(value);
}
