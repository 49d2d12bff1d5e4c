/** Lists, tokens and texts as users have them, checked where they come in. */
import { checkList, DTypeError, describeValue, TapegradError } from "@tapegrad/core";

/** `items`, which are called `what`, as a list that is not copied where it is one. @throws ShapeError for anything else. */
export function listOf<T>(op: string, what: string, items: readonly T[]): readonly T[] {
  return isNumbers(items) ? Array.from(items) : checkList(op, what, items, "[first, second]");
}

/** `tokens` as an Int32Array, which is not copied where it is one. @throws DTypeError, TapegradError for anything else. */
export function tokensOf(op: string, what: string, tokens: Int32Array | readonly number[]): Int32Array {
  if (tokens instanceof Int32Array) return tokens;
  const list: unknown = tokens;
  if (!Array.isArray(list) && !isNumbers(list))
    throw new DTypeError(
      op,
      `the ${what} are no tokens: ${describeValue(list)}`,
      "give an Int32Array; encode text first",
    );
  return Int32Array.from(list, (token) => checkToken(op, token));
}

/** `token`. @throws TapegradError unless it is an int32. */
export function checkToken(op: string, token: unknown): number {
  if (typeof token === "number" && token === (token | 0)) return token;
  throw new TapegradError(op, `not a token: ${describeValue(token)}`, "tokens are int32; encode text first");
}

/** `text`, a string or symbols one by one. @throws DTypeError for anything that cannot be read so. */
export function checkText<T extends Iterable<unknown>>(op: string, what: string, text: T): T {
  if (typeof text === "string" || (typeof text === "object" && text !== null && Symbol.iterator in text)) return text;
  throw new DTypeError(op, `the ${what} cannot be read one by one: ${describeValue(text)}`, "give a string or a list");
}

/** Whether `value` is a typed array. */
function isNumbers(value: unknown): value is ArrayLike<never> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
