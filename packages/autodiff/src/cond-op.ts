/**
 * A branch as one op on lists of tensors. Both bodies are recorded once; only the one that is taken runs, except where the
 * predicate cannot be read without waiting: there both run, and one is selected.
 */
import {
  applyRegion,
  commit,
  DTypeError,
  defined,
  formatShape,
  freshVariable,
  interpret,
  type Parameter,
  Program,
  type RegionDefinition,
  ShapeError,
  sameShape,
  type Tensor,
  type Traced,
  trace,
  withParameters,
} from "@tapegrad/core";
import { reshape, where } from "@tapegrad/ops";
import { batchedResults, interpretMarked, marked } from "./batch.ts";
import { freshResults } from "./leaves.ts";
import { at, cut, indices, present, replaced, scattered } from "./lists.ts";
import { alongTangents, recordAliased } from "./transforms.ts";

export interface CondAttributes {
  /** Both take the inputs after the predicate and give results of the same types. */
  readonly whenTrue: Program;
  readonly whenFalse: Program;
}

export type ListFunction = (operands: readonly Tensor[]) => readonly Tensor[];

/** Records both branches and joins them. Parameters that either assigns are results of both. */
export function condLists(
  predicate: Tensor,
  whenTrue: ListFunction,
  whenFalse: ListFunction,
  operands: readonly Tensor[],
): readonly Tensor[] {
  const types = operands.map(({ variable }) => variable);
  const record = (branch: ListFunction, parameters: readonly Parameter[]) =>
    trace((inputs) => {
      const before = parameters.map((parameter) => parameter.value);
      return withParameters(parameters, before, () => [
        ...branch(inputs),
        ...parameters.map((parameter) => parameter.value),
      ]);
    }, types);
  const assigned = [...new Set([whenTrue, whenFalse].flatMap((branch) => record(branch, []).assigned))];
  const [yes, no] = [record(whenTrue, assigned), record(whenFalse, assigned)];
  const captures = new Map([...capturesOf(yes), ...capturesOf(no)]);
  const closed = (traced: Traced<unknown>) => {
    const { inputs, nodes, outputs } = traced.program;
    const own = new Map([...capturesOf(traced).keys()].map((key, i) => [key, inputs[operands.length + i]]));
    const captured = Array.from(captures, ([key, { variable }]) => own.get(key) ?? freshVariable(variable));
    return new Program([...inputs.slice(0, operands.length), ...captured], nodes, outputs);
  };
  const attributes = { whenTrue: closed(yes), whenFalse: closed(no) };
  checkSameResults(attributes);
  const results = applyRegion(condOp, [predicate, ...operands, ...captures.values()], attributes);
  const [returned, effects] = cut(results, results.length - assigned.length);
  commit(assigned, effects);
  return returned;
}

/** What a branch captured, by what both branches know it as: the Parameter or the tensor itself. */
function capturesOf({ captures, sources }: Traced<unknown>): Map<Parameter | Tensor, Tensor> {
  return new Map(captures.map((tensor, i) => [sources[i] ?? tensor, tensor]));
}

function checkSameResults({ whenTrue: { outputs: yes }, whenFalse: { outputs: no } }: CondAttributes): void {
  for (const [i, { shape, dtype }] of yes.entries()) {
    const other = defined(no[i], "result");
    if (!sameShape(shape, other.shape))
      throw new ShapeError(
        "cond",
        `the branches differ in shape: ${formatShape(shape)} and ${formatShape(other.shape)}`,
      );
    if (dtype !== other.dtype)
      throw new DTypeError("cond", `the branches differ in dtype: ${dtype} and ${other.dtype}`, "cast one result");
  }
}

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
    const along =
      (body: Program): ListFunction =>
      (values) => {
        const [primals, directions] = cut(values, operands.length);
        return alongTangents(
          (...x: Tensor[]) => interpret(body, replaced(primals, moving, x)),
          at(primals, moving),
          directions,
        ).tangent;
      };
    const [yes, no] = [along(attributes.whenTrue), along(attributes.whenFalse)];
    return condLists(defined(predicate, "predicate"), yes, no, [...operands, ...at(tangents, moving)]);
  },

  reverse: (cotangents, { inputs: [predicate, ...operands], attributes }, [, ...wanted]) => {
    const [sources, targets] = [indices(wanted, Boolean), present(cotangents)];
    const back =
      (body: Program): ListFunction =>
      (values) => {
        const [primals, seeds] = cut(values, operands.length);
        const f = (x: readonly Tensor[]) => interpret(body, replaced(primals, sources, x));
        const { result, pullback } = recordAliased(f, at(primals, sources));
        return pullback(at(result, targets), seeds);
      };
    const [yes, no] = [back(attributes.whenTrue), back(attributes.whenFalse)];
    const bars = condLists(defined(predicate, "predicate"), yes, no, [...operands, ...at(cotangents, targets)]);
    return [undefined, ...scattered(operands.length, sources, bars)];
  },

  batch: ([predicate, ...operands], { whenTrue, whenFalse }, context) => {
    const test = defined(predicate, "predicate");
    const [differs, ...batched] = context.batched;
    const needed = [whenTrue, whenFalse].map((body) => batchedResults(body, batched, context));
    const results = whenTrue.outputs.map((_, i) => differs === true || needed.some((flags) => flags[i]));
    const over =
      (body: Program): ListFunction =>
      (values) =>
        interpretMarked(body, marked(values, batched), results, context);
    const [yes, no] = [over(whenTrue), over(whenFalse)];
    if (differs !== true) return marked(condLists(test, yes, no, operands), results);
    // Entries differ in the branch they take: both run, and each entry selects.
    const rejected = no(operands);
    const selected = yes(operands).map((result, i) => {
      const perEntry = reshape(
        test,
        result.shape.map((size, axis) => (axis === 0 ? size : 1)),
      );
      return where(perEntry, result, defined(rejected[i], "result"));
    });
    return marked(selected, results);
  },
};
