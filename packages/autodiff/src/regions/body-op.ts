/** Regions that run one body once. Their rules are the rules of the body, recorded again; they differ in how the body runs. */
import { interpret, type Program, type RegionDefinition, type Tensor } from "@tapegrad/core";
import { alongTangents, recordAliased } from "../transforms/transforms.ts";
import { at, indices, present, replaced, scattered } from "../trees/lists.ts";
import { interpretBatched, marked } from "../vmap/batch.ts";

/** What regions with one body carry: the recorded function. */
export interface BodyAttributes {
  readonly body: Program;
}

/** Derivatives of the body, from the inputs alone: inner values are forgotten and computed again. */
export function bodyOp<A extends BodyAttributes = BodyAttributes>(
  name: string,
  run: (inputs: readonly Tensor[], attributes: A) => readonly Tensor[],
): RegionDefinition<A> {
  return {
    name,
    types: (_, { body }) => body.outputs,
    run,
    forward: (tangents, { inputs, attributes: { body } }) => {
      const moving = present(tangents);
      const f = (...values: Tensor[]) => interpret(body, replaced(inputs, moving, values));
      return alongTangents(f, at(inputs, moving), at(tangents, moving)).tangent;
    },
    reverse: (cotangents, { inputs, attributes: { body } }, wanted) => {
      const [sources, targets] = [indices(wanted, Boolean), present(cotangents)];
      const f = (values: readonly Tensor[]) => interpret(body, replaced(inputs, sources, values));
      const { result, pullback } = recordAliased(f, at(inputs, sources));
      return scattered(inputs.length, sources, pullback(at(result, targets), at(cotangents, targets)));
    },
    batch: (inputs, { body }, context) => interpretBatched(body, marked(inputs, context.batched), context),
  };
}
