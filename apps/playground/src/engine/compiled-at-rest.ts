/**
 * Programs of questions, compiled only while nothing trains: compiling takes some hundred milliseconds, which training would have
 * to wait for. Meanwhile the question is answered op by op.
 */
import { compile, Tensor, treeLeaves } from "tapegrad";
import type { Session } from "./session.ts";

/** `fn` of the run that `session` is, as one program as soon as there was time to make it. */
export function compiledAtRest<Arguments extends readonly unknown[], Result>(
  session: Session,
  fn: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const compiled = compile(fn);
  /** Shapes that there is a program for. */
  const known = new Set<string>();
  return (...given) => {
    const shapes = treeLeaves(given).map((leaf) => (leaf instanceof Tensor ? `[${leaf.shape}]` : ""));
    const kind = shapes.join(" ");
    if (session.isTraining && !known.has(kind)) return fn(...given);
    known.add(kind);
    return compiled(...given);
  };
}
