/** Checks of lists, tokens and texts from users. */
import { DTypeError, type HostArray, TapegradError } from "@tapegrad/core";
import { checkList, describeValue, isHostArray } from "@tapegrad/core/internal";

/** `items`, which are called `what`, as a list that is not copied where it is one. @throws ShapeError for anything else. */
export function listOf<T>(op: string, what: string, items: readonly T[]): readonly T[] {
  return isHostArray(items) ? Array.from<T>(items) : checkList(op, what, items, "[first, second]");
}

/** `tokens` as an Int32Array, which is not copied where it is one. @throws DTypeError, TapegradError for anything else. */
export function tokensOf(op: string, what: string, tokens: HostArray): Int32Array {
  if (tokens instanceof Int32Array) return tokens;
  if (isHostArray(tokens)) return Int32Array.from(tokens, (token) => checkToken(op, Number(token)));
  const problem = `the ${what} is not made of tokens: ${describeValue(tokens)}`;
  throw new DTypeError(op, problem, "give an Int32Array, as vocabulary.encode does");
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
