/**
 * Checks of arguments that TypeScript would refuse and plain JavaScript accepts: options by position, misspelt options, values
 * instead of lists.
 */

import { DTypeError, ShapeError, TapegradError } from "./errors.ts";
import { isPlainObject } from "./plain-object.ts";

/**
 * Throws in the name of `op` unless `value`, which is called `what`, is what an option may be. It has the type of a method, so
 * that a check may ask callers with types for what it checks.
 */
export type OptionCheck = { check(op: string, what: string, value: unknown): unknown }["check"];

/** Options without those that are undefined. */
type Given<Options> = {
  [Name in keyof Options]: object extends Pick<Options, Name> ? Exclude<Options[Name], undefined> : Options[Name];
};

/**
 * `options`, whose keys are all among those of `known`, and whose values pass the checks there; those that are undefined are left
 * out. Types make `known` complete.
 * @throws TapegradError for anything but a plain object, which would pass for empty options, and for other keys.
 */
export function optionsOf<Options extends object>(
  op: string,
  options: Options,
  known: Readonly<Record<keyof Options, true | OptionCheck>>,
): Given<Options> {
  if (!isPlainObject(options)) {
    const canBeWritten =
      typeof options !== "function" && options !== undefined && (typeof options !== "object" || Array.isArray(options));
    throw new TapegradError(
      op,
      `the options are not an object: ${describeValue(options)}`,
      `name them, as in { ${Object.keys(known)[0]}: ${canBeWritten ? describeValue(options) : "…"} }`,
    );
  }
  const checks = known as Readonly<Record<string, true | OptionCheck>>; // Its keys are strings; `keyof` allows others.
  for (const name in options) {
    const check = Object.hasOwn(known, name) ? checks[name] : undefined;
    if (check === undefined)
      throw new TapegradError(op, `unknown option ${name}`, `use ${Object.keys(known).join(", ")}`);
    if (check !== true && options[name] !== undefined) check(op, `option ${name}`, options[name]);
  }
  // Most options have none that is undefined. The casts say what the filter did.
  if (!Object.values(options).includes(undefined)) return options as Given<Options>;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<Options>;
}

/** `value`, which is called `what`. @throws DTypeError unless it is true or false. */
export function checkBoolean(op: string, what: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw new DTypeError(op, `the ${what} is neither true nor false: ${describeValue(value)}`, "use true or false");
}

/** `fn`, which is called `what`. @throws DTypeError unless it is a function, with `example` as the way to write one. */
export function checkFunction<F>(op: string, what: string, fn: F, example: string): F {
  if (typeof fn === "function" && !isClass(fn)) return fn;
  throw new DTypeError(op, `the ${what} is not a function: ${describeValue(fn)}`, `write ${example}`);
}

/** `value`, which is called `what`. @throws DTypeError unless it is made by `type` or a class that extends it. */
export function checkInstance<T>(
  op: string,
  what: string,
  value: T,
  type: abstract new (...args: never[]) => T,
  remedy: string,
): T {
  if (value instanceof type) return value;
  throw new DTypeError(op, `the ${what} is not a ${type.name}: ${describeValue(value)}`, remedy);
}

/** `list`, which is called `what`. @throws ShapeError for anything but an array, with `example` as the way to write one. */
export function checkList<List extends readonly unknown[]>(
  op: string,
  what: string,
  list: List,
  example: string,
): List {
  if (Array.isArray(list)) return list;
  throw new ShapeError(op, `the ${what} are not a list: ${describeValue(list)}`, remedyFor(list, `write ${example}`));
}

/** `value`, which is called `what`. @throws DTypeError unless it is a number. */
export function checkNumber(op: string, what: string, value: number): number {
  if (typeof value === "number") return value;
  const problem = `the ${what} is not a number: ${describeValue(value)}`;
  throw new DTypeError(op, problem, remedyFor(value, "use a plain number"));
}

/**
 * Refuses what is no int32.
 * @throws DTypeError for a fraction, or a number beyond 2³¹.
 */
export function checkInt32(op: string, value: number): void {
  if (value !== (value | 0)) throw new DTypeError(op, `${value} is not an int32`, "round first, or use a float dtype");
}

/**
 * `value`, which counts something: steps, layers, elements, places. Called `what` in the message.
 * @throws ShapeError unless it is an integer from `from` to `to`.
 */
export function checkCount(op: string, what: string, value: number, from = 0, to = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  const range = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`;
  const problem = `the ${what} is not an integer of ${range}: ${describeValue(value)}`;
  throw new ShapeError(op, problem, remedyFor(value, `use ${range}`));
}

/** `value`, which is called `what` and is one of `choices`; undefined among them stands for leaving it out. @throws TapegradError. */
export function checkChoice<Choice>(op: string, what: string, value: Choice, choices: readonly Choice[]): Choice {
  if (choices.includes(value)) return value;
  const named = choices.filter((choice) => choice !== undefined).map((choice) => describeValue(choice));
  throw new TapegradError(op, `no such ${what}: ${describeValue(value)}`, `use ${named.join(" or ")}`);
}

/** What to do about `value`; a number that a compiled function was given can stay one. */
export function remedyFor(value: unknown, usual: string): string {
  const argument = numberArgument(value);
  return argument === undefined ? usual : `use a plain number: compile(fn, { static: [${argument}] }) keeps it one`;
}

/** Which argument a TracedNumber is, alone or in a list. */
function numberArgument(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.map(numberArgument).find((argument) => argument !== undefined);
  if (typeof value !== "object" || value === null || !("isSymbolic" in value && "argument" in value)) return undefined;
  return typeof value.argument === "number" ? value.argument : undefined;
}

/** Checks of counts from `from`, for the options of `optionsOf`. */
export function countFrom(from: number): (op: string, what: string, value: number) => number {
  return (op, what, value) => checkCount(op, what, value, from);
}

/**
 * `value`, which is called `what`. @throws DTypeError unless it is a number, TapegradError unless it `fits`, which `range` says
 * in words.
 */
export function checkRange(
  op: string,
  what: string,
  value: number,
  fits: (value: number) => boolean,
  range: string,
): number {
  if (fits(checkNumber(op, what, value))) return value;
  throw new TapegradError(op, `not ${/^[aeiou]/.test(what) ? "an" : "a"} ${what}: ${value}`, `use ${range}`);
}

/** Whether `value` is a class, which cannot be called. */
export function isClass(value: unknown): boolean {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** How many elements of a list, and characters of a string, a message has room for. */
const shown = 16;

/** A value in a message: numbers, strings and lists as they are written, if short, other objects by their class. */
export function describeValue(value: unknown, depth = 0): string {
  if (Array.isArray(value)) {
    if (depth === 3) return "[…]";
    const parts = value.slice(0, shown).map((part) => describeValue(part, depth + 1));
    return `[${parts.join(",")}${value.length > shown ? ",…" : ""}]`;
  }
  if (typeof value === "string")
    return JSON.stringify(value.length > 4 * shown ? `${value.slice(0, 4 * shown)}…` : value);
  if (typeof value === "function") return isClass(value) ? "a class" : "a function";
  if (numberArgument(value) !== undefined) return "a number that a compiled function was given, a tensor there";
  if (typeof value !== "object" || value === null) return String(value);
  return String(Object.getPrototypeOf(value)?.constructor?.name ?? "Object");
}
