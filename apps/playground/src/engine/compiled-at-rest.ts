/**
 * Compiles the programs of questions. Compiling one takes some hundred milliseconds, which should delay neither training nor an
 * answer. So the first answers are computed op by op, and the program is compiled when there has been no training and no
 * question for a moment.
 */
import { compile, Tensor, treeLeaves, treeMap, zeros } from "tapegrad";
import type { Session } from "./session.ts";

/** Milliseconds without a question after which there is time. */
const moment = 250;

/** `fn` of the run that `session` is, as one program as soon as there was time to make it. */
export function compiledAtRest<Arguments extends readonly unknown[], Result>(
  session: Session,
  fn: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  const compiled = compile(fn);
  /** Shapes that there is a program for. */
  const known = new Set<string>();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const makeLater = (kind: string, given: Arguments) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (session.isTraining) return;
      known.add(kind);
      try {
        compiled(...treeMap<Arguments>(likeness, given)); // Any values will do.
      } catch {
        // The next question meets the same fault, and whoever asked it is told.
      }
    }, moment);
  };
  return (...given) => {
    const shapes = treeLeaves(given).map((leaf) => (leaf instanceof Tensor ? `[${leaf.shape}]` : ""));
    const kind = shapes.join(" ");
    if (known.has(kind)) return compiled(...given);
    const result = fn(...given);
    if (!session.isTraining) makeLater(kind, given);
    return result;
  };
}

function likeness(leaf: unknown): unknown {
  return leaf instanceof Tensor ? zeros(leaf.shape, { dtype: leaf.dtype }) : leaf;
}
