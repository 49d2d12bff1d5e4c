/**
 * A `cond` whose predicate differs by batch entry: both branches run for all entries, and the predicate selects per entry.
 * Derivatives select per entry as well, so that values of the other branch, NaN included, reach neither results nor
 * derivatives. They are ops of this kind again, to any order.
 */
import {
  applyRegion,
  type BatchContext,
  interpret,
  type Program,
  type RegionDefinition,
  type Tensor,
  type TensorType,
  TraceError,
  trace,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { broadcastTo, reshape, sum, where } from "@tapegrad/ops";
import { at, indices, present, scattered } from "../trees/lists.ts";
import { interpretMarked, marked } from "../vmap/batch.ts";
import { type CondAttributes, cotangentsOf, type ListFunction, recordBranches, tangentsOf } from "./cond-branches.ts";

/** One batch axis: its length, and which operands have it. */
type Level = BatchContext;

/** What a batched `cond` carries beside its branches: the batch axes of the predicate. */
export interface CondEntriesAttributes extends CondAttributes {
  /** The batch axes, outermost first, at least one. The predicate has all of them and no other; the branches know of none. */
  readonly levels: readonly Level[];
}

/** The region of a `cond` whose predicate has batch axes: each entry selects. */
export const condEntriesOp: RegionDefinition<CondEntriesAttributes> = {
  name: "condEntries",

  types: (_, { whenTrue, levels }) =>
    whenTrue.outputs.map(({ shape, dtype }) => ({ shape: [...levels.map(({ size }) => size), ...shape], dtype })),

  run: ([predicate, ...operands], { whenTrue, whenFalse, levels }) => {
    const test = defined(predicate, "predicate");
    const rejected = runEntries(whenFalse, levels, operands);
    return runEntries(whenTrue, levels, operands).map((result, i) => {
      const perEntry = reshape(test, [...test.shape, ...result.shape.slice(test.rank).fill(1)]);
      return where(perEntry, result, defined(rejected[i], "result"));
    });
  },

  forward: ([, ...tangents], { inputs: [predicate, ...operands], attributes: { whenTrue, whenFalse, levels } }) => {
    const moving = present(tangents);
    const along = (body: Program) => tangentsOf(body, operands.length, moving);
    const extended = withOperands(levels, ({ batched }) => at(batched, moving));
    const inputs = [...operands, ...at(tangents, moving)];
    return condEntries(defined(predicate, "predicate"), along(whenTrue), along(whenFalse), inputs, extended);
  },

  reverse: (
    cotangents,
    { inputs: [predicate, ...operands], attributes: { whenTrue, whenFalse, levels } },
    [, ...wanted],
  ) => {
    const [sources, targets] = [indices(wanted, Boolean), present(cotangents)];
    const back = (body: Program) => cotangentsOf(body, operands.length, sources, targets);
    const extended = withOperands(levels, () => targets.map(() => true));
    const inputs = [...operands, ...at(cotangents, targets)];
    const bars = condEntries(defined(predicate, "predicate"), back(whenTrue), back(whenFalse), inputs, extended);
    // What all entries share gets the sum of its cotangents.
    const summed = sources.map((source, k) => {
      const bar = defined(bars[k], "cotangent");
      const shared = indices(levels, ({ batched }) => batched[source] !== true);
      return shared.length === 0 ? bar : sum(bar, { axis: shared });
    });
    return [undefined, ...scattered(operands.length, sources, summed)];
  },

  batch: ([predicate, ...operands], attributes, { batched: [differs, ...batched], ...context }) => {
    const test = defined(predicate, "predicate");
    const inputs = [differs === true ? test : broadcastTo(test, [context.size, ...test.shape]), ...operands];
    const levels = [{ ...context, batched }, ...attributes.levels];
    return applyRegion(condEntriesOp, inputs, { ...attributes, levels }).map((tensor) => ({ tensor, batched: true }));
  },
};

/** Branches on single entries, applied to operands of which some have the axes. */
function condEntries(
  predicate: Tensor,
  whenTrue: ListFunction,
  whenFalse: ListFunction,
  operands: readonly Tensor[],
  levels: readonly Level[],
): readonly Tensor[] {
  const types = operands.map(({ variable }, i) =>
    levels.reduce<TensorType>((type, level) => entryType(type, level, i), variable),
  );
  const { attributes, captures, assigned } = recordBranches(whenTrue, whenFalse, types);
  const [parameter] = assigned;
  if (parameter !== undefined)
    throw new TraceError("vmap", `${parameter.name} is assigned a batched value`, "return the value instead");
  const closed = withOperands(levels, () => captures.map(() => false));
  return applyRegion(condEntriesOp, [predicate, ...operands, ...captures], { ...attributes, levels: closed });
}

/** `levels` with further operands, which have the axes that are marked. */
function withOperands(levels: readonly Level[], further: (level: Level) => readonly boolean[]): Level[] {
  return levels.map((level) => ({ ...level, batched: [...level.batched, ...further(level)] }));
}

/** `type` of operand `i` without the axis, if it has it. */
function entryType({ shape, dtype }: TensorType, { batched }: Level, i: number): TensorType {
  return { shape: batched[i] === true ? shape.slice(1) : shape, dtype };
}

/** The results of `body` for all entries, each with all axes. */
function runEntries(body: Program, levels: readonly Level[], operands: readonly Tensor[]): readonly Tensor[] {
  const [outer, ...inner] = levels;
  if (outer === undefined) return interpret(body, operands);
  const { program, captures } = trace(
    (values) => runEntries(body, inner, values),
    operands.map(({ variable }, i) => entryType(variable, outer, i)),
  );
  const all = [...marked(operands, outer.batched), ...marked(captures, [])];
  return interpretMarked(
    program,
    all,
    program.outputs.map(() => true),
    outer,
  );
}
