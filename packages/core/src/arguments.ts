/** What TypeScript would refuse and plain JavaScript lets through: options by position, misspelt ones, values for lists. */
import { DTypeError, ShapeError, TapegradError } from "./errors.ts";
import { isPlainObject } from "./tree.ts";

/**
 * `options`, whose keys are all among those of `known`. Types make `known` complete.
 * @throws TapegradError for anything but a plain object, which would pass for empty options, and for other keys.
 */
export function optionsOf<Options extends object>(
  op: string,
  options: Options,
  known: Readonly<Record<keyof Options, true>>,
): Options {
  if (!isPlainObject(options)) {
    const canBeWritten = typeof options !== "function" && (typeof options !== "object" || Array.isArray(options));
    throw new TapegradError(
      op,
      `the options are not an object: ${describeValue(options)}`,
      `name them, as in { ${Object.keys(known)[0]}: ${canBeWritten ? describeValue(options) : "…"} }`,
    );
  }
  for (const name in options) {
    if (!Object.hasOwn(known, name))
      throw new TapegradError(op, `unknown option ${name}`, `use ${Object.keys(known).join(", ")}`);
  }
  return options;
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

/** `fn`, which is called `what`. @throws TapegradError for anything but a function, with `example` as the way to write the call. */
export function checkFunction<F>(op: string, what: string, fn: F, example: string): F {
  if (typeof fn === "function") return fn;
  throw new TapegradError(op, `${what} is not a function: ${describeValue(fn)}`, `write ${example}`);
}

/** `value`, which is called `what`. @throws DTypeError unless it is a number. */
export function checkNumber(op: string, what: string, value: number): number {
  if (typeof value === "number") return value;
  const problem = `the ${what} is not a number: ${describeValue(value)}`;
  throw new DTypeError(op, problem, remedyFor(value, "use a plain number"));
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

/** What to do about `value`; a number that a compiled function was given can stay one. */
function remedyFor(value: unknown, usual: string): string {
  const argument = numberArgument(value);
  return argument === undefined ? usual : `use a plain number: compile(fn, { static: [${argument}] }) keeps it one`;
}

/** Which argument a TracedNumber is, alone or in a list. */
function numberArgument(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.map(numberArgument).find((argument) => argument !== undefined);
  if (typeof value !== "object" || value === null || !("isSymbolic" in value && "argument" in value)) return undefined;
  return typeof value.argument === "number" ? value.argument : undefined;
}

/** A value in a message: numbers, strings and lists as they are written, other objects by their class. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describeValue).join(",")}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (numberArgument(value) !== undefined) return "a number that a compiled function was given, a tensor there";
  if (typeof value !== "object" || value === null) return String(value);
  return String(Object.getPrototypeOf(value)?.constructor?.name ?? "Object");
}
