/**
 * Calls functions that users pass. A method that is passed without its object has lost its `this`; here, reading `this` is an
 * error.
 */
import { checkFunction } from "./arguments.ts";
import { TapegradError } from "./errors.ts";

/**
 * `fn`, which is called `what`, as a function that says so when it is such a method.
 * @throws DTypeError unless it is a function, with `example` as the way to write one.
 */
export function functionOf<Inputs extends readonly unknown[], Result>(
  op: string,
  what: string,
  fn: (...inputs: Inputs) => Result,
  example: string,
): (...inputs: Inputs) => Result {
  checkFunction(op, what, fn, example);
  return standalone(op, what, fn, "pass a function such as (...inputs) => model.forward(...inputs)");
}

/** `fn`, called without an object. @throws TapegradError, when it reads one, with `remedy` as the way out. */
export function standalone<Inputs extends readonly unknown[], Result>(
  op: string,
  what: string,
  fn: (...inputs: Inputs) => Result,
  remedy: string,
): (...inputs: Inputs) => Result {
  const refuse = (place: string, cause?: unknown): never => {
    const problem = `the ${what} is a method without its object: it reads this.${place}`;
    throw new TapegradError(op, problem, remedy, { cause });
  };
  const read = (_: object, key: string | symbol) => refuse(String(key));
  const nobody = new Proxy({}, { get: read, set: read, has: read });
  return (...inputs) => {
    try {
      return Reflect.apply(fn, nobody, inputs);
    } catch (error) {
      // Private names pass by a Proxy; V8, SpiderMonkey and JavaScriptCore all speak of them in their messages.
      if (error instanceof TypeError && /private|Receiver must be/.test(error.message))
        return refuse("#private", error);
      throw error;
    }
  };
}
