/**
 * The copy of Tapegrad to which an object belongs. Two copies in one program (two versions, or one bundled and one not) have
 * separate classes, recorders and backends, so that each takes the objects of the other for unknown objects.
 */
import { TapegradError } from "../errors/errors.ts";

/** The build puts the version in its place. */
declare const TAPEGRAD_VERSION: string | undefined;
/** Every platform has it; not every platform's types are loaded here. */
declare const console: { warn(message: string): void };

interface Copy {
  readonly version: string;
}

const here: Copy = { version: typeof TAPEGRAD_VERSION === "undefined" ? "of the sources" : TAPEGRAD_VERSION };

/** The same in all copies: of an object, the copy that made it; of a program, the copies that were loaded. */
const copyKey: unique symbol = Symbol.for("tapegrad.copy");
const copiesKey: unique symbol = Symbol.for("tapegrad.copies");

const remedy = "install one: see `npm ls @tapegrad/core`, `npm dedupe`";

/** Adds this copy to those of the program, and says so when it is the second. */
function announce(): Copy {
  const program: typeof globalThis & { [copiesKey]?: Copy[] } = globalThis;
  const copies = program[copiesKey] ?? [];
  program[copiesKey] = copies;
  const [first] = copies;
  if (first !== undefined && copies.length === 1) console.warn(`tapegrad: ${versions(first)}; ${remedy}`);
  copies.push(here);
  return here;
}

const announced = announce();

function versions({ version }: Copy): string {
  return `two copies of Tapegrad are loaded, ${version} and ${here.version}`;
}

/** What `instanceof` tells apart. @throws TapegradError, on that question, about an object of another copy. */
export abstract class OfThisCopy {
  get [copyKey](): Copy {
    return announced;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked for is one that extends this one
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    if (typeof value === "object" && value !== null) refuseStranger(value);
    return false;
  }
}

/** @throws TapegradError when another copy made `value`. */
export function refuseStranger(value: object, op = "tapegrad"): void {
  const copy = (value as { readonly [copyKey]?: Copy })[copyKey]; // Whatever has such a property is of some copy.
  if (copy === undefined || copy === announced) return;
  const kind = Object.getPrototypeOf(value)?.constructor?.name;
  throw new TapegradError(op, `${versions(copy)}, and this ${kind} is of the other one`, remedy);
}
