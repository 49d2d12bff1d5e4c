/** Recognises plain objects, which options and the nodes of trees are. */

/** Whether `value` is what `{}` makes, in any realm, or has no prototype. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || isObjectPrototype(prototype);
}

/** Every realm has an `Object.prototype` of its own: nothing is above it, and it alone has `isPrototypeOf`. */
function isObjectPrototype(value: unknown): boolean {
  return Object.getPrototypeOf(value) === null && Object.hasOwn(Object(value), "isPrototypeOf");
}
