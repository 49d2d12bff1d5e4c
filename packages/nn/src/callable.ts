/** Functions that users hand over to be called later, and modules in their place. */
import { DTypeError, describeValue, isClass, TapegradError } from "@tapegrad/core";

/** A function, or a module whose `forward` is it. */
export type Callable<Fn extends (...inputs: never[]) => unknown> = Fn | { readonly forward: Fn };

/** A function of `Inputs`, as `Callable` has it. */
type Fn<Inputs extends readonly unknown[], Result> = (...inputs: Inputs) => Result;

/**
 * `given`, which is called `what`, as a function.
 * @throws DTypeError for anything else; when called, TapegradError for a method that was taken off its object.
 */
export function callableOf<Inputs extends readonly unknown[], Result>(
  op: string,
  what: string,
  given: Callable<Fn<Inputs, Result>>,
): Fn<Inputs, Result> {
  if (typeof given === "function" && !isClass(given)) return (...inputs) => callAlone(op, what, given, inputs);
  const { forward }: { readonly forward?: unknown } = Object(given);
  if (typeof given === "object" && typeof forward === "function") return (...inputs) => given.forward(...inputs);
  throw new DTypeError(
    op,
    `the ${what} is neither a function nor a module: ${describeValue(given)}`,
    "pass a module, or a function such as (...inputs) => model.forward(...inputs)",
  );
}

/** A method reads its object through `this`, which is gone when `model.forward` is passed: then it says so. */
function callAlone<Inputs extends readonly unknown[], Result>(
  op: string,
  what: string,
  fn: Fn<Inputs, Result>,
  inputs: Inputs,
): Result {
  const refuse = (place: string, cause?: unknown): never => {
    throw new TapegradError(
      op,
      `the ${what} is a method without its object: it reads this.${place}`,
      "pass the module itself, or (...inputs) => model.forward(...inputs)",
      { cause },
    );
  };
  const read = (_: object, key: string | symbol) => refuse(String(key));
  try {
    return Reflect.apply(fn, new Proxy({}, { get: read, set: read, has: read }), inputs);
  } catch (error) {
    // Private names pass by a Proxy; V8, SpiderMonkey and JavaScriptCore all speak of them in their messages.
    if (error instanceof TypeError && /private|Receiver must be/.test(error.message)) return refuse("#private", error);
    throw error;
  }
}
