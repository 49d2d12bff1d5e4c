/** A branch as one op on lists of tensors. Both bodies are recorded once; only the one that is taken runs. */
import {
  applyRegion,
  DTypeError,
  defined,
  formatShape,
  interpret,
  type Parameter,
  Program,
  type RegionDefinition,
  ShapeError,
  sameShape,
  type Tensor,
  trace,
  withParameters,
} from "@tapegrad/core";
import { reshape, where } from "@tapegrad/ops";
import { interpretAllBatched } from "./batch.ts";
import { freshResults } from "./leaves.ts";
import { at, cut, indices, present, replaced, scattered } from "./lists.ts";
import { jvp, recordAliased } from "./transforms.ts";

interface CondAttributes {
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
  const captures = [...new Set([...yes.captures, ...no.captures])];
  const closed = ({ inputs, nodes, outputs }: Program) =>
    new Program([...inputs.slice(0, operands.length), ...captures.map(({ variable }) => variable)], nodes, outputs);
  const attributes = { whenTrue: closed(yes.program), whenFalse: closed(no.program) };
  checkSameResults(attributes);
  const results = applyRegion(condOp, [predicate, ...operands, ...captures], attributes);
  const [returned, effects] = cut(results, results.length - assigned.length);
  for (const [i, parameter] of assigned.entries()) parameter.assign(defined(effects[i], "assigned value"));
  return returned;
}

function checkSameResults({ whenTrue: { outputs: yes }, whenFalse: { outputs: no } }: CondAttributes): void {
  if (yes.length !== no.length)
    throw new ShapeError("cond", `the branches differ in structure: ${yes.length} and ${no.length} tensors`);
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

const condOp: RegionDefinition<CondAttributes> = {
  name: "cond",
  types: (_, { whenTrue }) => whenTrue.outputs,

  run: ([predicate, ...operands], { whenTrue, whenFalse }) =>
    freshResults(defined(predicate, "predicate").itemSync() === 0 ? whenFalse : whenTrue, operands),

  forward: ([, ...tangents], { inputs: [predicate, ...operands], attributes }) => {
    const moving = present(tangents);
    const along =
      (body: Program): ListFunction =>
      (values) => {
        const [primals, directions] = cut(values, operands.length);
        return jvp((...x: Tensor[]) => interpret(body, replaced(primals, moving, x)), at(primals, moving), directions)
          .tangent;
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

  batch: (inputs, { whenTrue, whenFalse }, { batched, ...options }) => {
    const [predicate, ...operands] = inputs.map((tensor, i) => ({ tensor, batched: batched[i] === true }));
    const { tensor: test, batched: differs } = defined(predicate, "predicate");
    const over =
      (body: Program): ListFunction =>
      (values) =>
        interpretAllBatched(
          body,
          values.map((tensor, i) => ({ tensor, batched: operands[i]?.batched === true })),
          options,
        );
    const [yes, no] = [over(whenTrue), over(whenFalse)];
    const values = operands.map(({ tensor }) => tensor);
    if (!differs) return condLists(test, yes, no, values);
    // Entries differ in the branch they take: both run, and each entry selects.
    const rejected = no(values);
    return yes(values).map((result, i) => {
      const perEntry = reshape(
        test,
        result.shape.map((size, axis) => (axis === 0 ? size : 1)),
      );
      return where(perEntry, result, defined(rejected[i], "result"));
    });
  },
};
