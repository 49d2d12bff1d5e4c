/**
 * A branch as one op on lists of tensors. Both bodies are recorded once, and only one of them runs. If the predicate cannot be
 * read without waiting, both run and one result is selected.
 */
import { applyRegion, type Program, type RegionDefinition, type Tensor } from "@tapegrad/core";
import { commit, defined } from "@tapegrad/core/internal";
import { reshape, where } from "@tapegrad/ops";
import { freshResults } from "../trees/flat-trees.ts";
import { at, cut, indices, present, scattered } from "../trees/lists.ts";
import { batchedResults, interpretMarked, marked } from "../vmap/batch.ts";
import { type CondAttributes, cotangentsOf, type ListFunction, recordBranches, tangentsOf } from "./cond-branches.ts";
import { condEntriesOp } from "./cond-entries.ts";

/** Records both branches and joins them. Parameters that either assigns are results of both. */
export function condLists(
  predicate: Tensor,
  whenTrue: ListFunction,
  whenFalse: ListFunction,
  operands: readonly Tensor[],
): readonly Tensor[] {
  const types = operands.map(({ variable }) => variable);
  const { attributes, captures, assigned } = recordBranches(whenTrue, whenFalse, types);
  const results = applyRegion(condOp, [predicate, ...operands, ...captures], attributes);
  const [returned, effects] = cut(results, results.length - assigned.length);
  commit(assigned, effects);
  return returned;
}

/** The region of `cond`: one of two Programs runs, by a predicate. */
export const condOp: RegionDefinition<CondAttributes> = {
  name: "cond",
  types: (_, { whenTrue }) => whenTrue.outputs,

  run: ([predicate, ...operands], { whenTrue, whenFalse }) => {
    const test = defined(predicate, "predicate");
    if (test.backend.readSync !== undefined)
      return freshResults(test.itemSync() === 0 ? whenFalse : whenTrue, operands);
    const no = freshResults(whenFalse, operands);
    return freshResults(whenTrue, operands).map((yes, i) => where(test, yes, defined(no[i], "result")));
  },

  forward: ([, ...tangents], { inputs: [predicate, ...operands], attributes }) => {
    const moving = present(tangents);
    const along = (body: Program) => tangentsOf(body, operands.length, moving);
    const [yes, no] = [along(attributes.whenTrue), along(attributes.whenFalse)];
    return condLists(defined(predicate, "predicate"), yes, no, [...operands, ...at(tangents, moving)]);
  },

  reverse: (cotangents, { inputs: [predicate, ...operands], attributes }, [, ...wanted]) => {
    const [sources, targets] = [indices(wanted, Boolean), present(cotangents)];
    const back = (body: Program) => cotangentsOf(body, operands.length, sources, targets);
    const [yes, no] = [back(attributes.whenTrue), back(attributes.whenFalse)];
    const bars = condLists(defined(predicate, "predicate"), yes, no, [...operands, ...at(cotangents, targets)]);
    return [undefined, ...scattered(operands.length, sources, bars)];
  },

  batch: ([predicate, ...operands], { whenTrue, whenFalse }, context) => {
    const test = defined(predicate, "predicate");
    const [differs, ...batched] = context.batched;
    if (differs === true) {
      const levels = [{ ...context, batched }];
      const inputs = [reshape(test, [context.size]), ...operands];
      const results = applyRegion(condEntriesOp, inputs, { whenTrue, whenFalse, levels });
      return results.map((tensor) => ({ tensor, batched: true }));
    }
    const needed = [whenTrue, whenFalse].map((body) => batchedResults(body, batched, context));
    const results = whenTrue.outputs.map((_, i) => needed.some((flags) => flags[i]));
    const over =
      (body: Program): ListFunction =>
      (values) =>
        interpretMarked(body, marked(values, batched), results, context);
    return marked(condLists(test, over(whenTrue), over(whenFalse), operands), results);
  },
};
