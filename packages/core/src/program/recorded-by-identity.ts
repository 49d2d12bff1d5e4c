/**
 * What compiled functions take as an argument by identity: an object whose changing parts are all Parameters, or guarded. Its
 * class has this as a property.
 */
export const recordedByIdentity: unique symbol = Symbol.for("tapegrad.recordedByIdentity");
