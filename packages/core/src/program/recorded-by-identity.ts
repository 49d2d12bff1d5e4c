/**
 * The mark of a class whose instances compiled functions take as static arguments: all its changing parts are Parameters, or
 * guarded.
 */
export const recordedByIdentity: unique symbol = Symbol.for("tapegrad.recordedByIdentity");
