/**
 * Trading time for memory: a call whose inner values are forgotten and recorded again on the way back (Griewank and Walther,
 * 2000). The body is a Program, so what it read, random state included, is what it reads again, and effects happen once.
 */
import { applyRegion, commit, refusePromise, trace } from "@tapegrad/core";
import { bodyOp } from "./body-op.ts";
import { flatten, freshResults } from "./leaves.ts";

const checkpointOp = bodyOp("checkpoint", (inputs, { body }) => freshResults(body, inputs));

/** `f` with its inner values computed again when a derivative needs them. Arguments may be any trees. */
export function checkpoint<Arguments extends readonly unknown[], R>(f: (...x: Arguments) => R): (...x: Arguments) => R {
  return (...x) => {
    const { tensors, rebuild } = flatten(x);
    const { program, captures, result, assigned } = trace(
      (inputs) => refusePromise("checkpoint", f(...rebuild(inputs))),
      tensors.map(({ variable }) => variable),
    );
    const outputs = applyRegion(checkpointOp, [...tensors, ...captures], { body: program });
    const returned = flatten(result);
    const effects = outputs.slice(returned.tensors.length);
    commit(assigned, effects);
    return returned.rebuild(outputs);
  };
}
