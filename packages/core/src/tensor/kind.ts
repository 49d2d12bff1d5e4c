/**
 * The key under which an object states its kind; only this package has it. This file has no imports, because classes that
 * import each other use it.
 */
export const kind: unique symbol = Symbol("kind");
