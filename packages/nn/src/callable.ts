/** Functions that users pass, or modules in their place. */
import { DTypeError } from "@tapegrad/core";
import { describeValue, isClass, standalone } from "@tapegrad/core/internal";

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
  if (typeof given === "function" && !isClass(given)) {
    const remedy = "pass the module itself, or (...inputs) => model.forward(...inputs)";
    return standalone(op, what, given, remedy);
  }
  const { forward }: { readonly forward?: unknown } = Object(given);
  if (typeof given === "object" && typeof forward === "function") return (...inputs) => given.forward(...inputs);
  throw new DTypeError(
    op,
    `the ${what} is neither a function nor a module: ${describeValue(given)}`,
    "pass a module, or a function such as (...inputs) => model.forward(...inputs)",
  );
}
