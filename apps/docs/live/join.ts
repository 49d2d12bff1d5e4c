/** A live example and what it continues as one module. */

/** The name of the function that a program calls where the part begins whose output the reader sees. */
export const listen = "__listen";

export interface Joined {
  readonly code: string;
  /** How many lines precede the part that the reader sees. */
  readonly before: number;
}

/** `earlier` and `code` in one module. Imports are hoisted over the call, so it may stand before them. */
export function join(earlier: readonly string[], code: string): Joined {
  const setup = earlier.map((part) => (part.endsWith("\n") ? part : `${part}\n`)).join("");
  return { code: `${setup}${listen}(); ${code}`, before: setup.split("\n").length - 1 };
}
