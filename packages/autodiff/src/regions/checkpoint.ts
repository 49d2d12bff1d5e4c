/**
 * Trades time for memory: the inner values of a call are freed, and computed again for the derivative (Griewank and Walther,
 * 2000). The body is a Program, so it reads the same values again, random state included, and its effects happen once. Every
 * rule of a checkpoint is a checkpoint again: its derivative is one region, from inputs and cotangents to cotangents. So
 * neither another derivative nor a compiler pass sees the inner values, and none of them outlives the region.
 */
import { applyRegion, type RegionDefinition, type Tensor, trace } from "@tapegrad/core";
import { commit, defined, functionOf, refusePromise } from "@tapegrad/core/internal";
import { flatten, flattenArguments, freshResults } from "../trees/flat-trees.ts";
import { at, cut, present, scattered } from "../trees/lists.ts";
import { batchedResults, interpretMarked, marked } from "../vmap/batch.ts";
import { type BodyAttributes, bodyOp } from "./body-op.ts";

/** The body's own derivatives. */
const plain = bodyOp("checkpoint", (inputs, { body }) => freshResults(body, inputs));

/** The region of `checkpoint`, whose rules are checkpoints again. */
export const checkpointOp: RegionDefinition<BodyAttributes> = {
  ...plain,

  forward: (tangents, { inputs, outputs, attributes }) => {
    const moving = present(tangents);
    const along = (values: readonly Tensor[]) => {
      const [primals, directions] = cut(values, inputs.length);
      return plain.forward(scattered(inputs.length, moving, directions), { inputs: primals, outputs, attributes });
    };
    return forgetting(along, [...inputs, ...at(tangents, moving)]);
  },

  reverse: (cotangents, { inputs, outputs, attributes }, wanted) => {
    const targets = present(cotangents);
    const back = (values: readonly Tensor[]) => {
      const [primals, seeds] = cut(values, inputs.length);
      const bars = scattered(outputs.length, targets, seeds);
      return plain.reverse(bars, { inputs: primals, outputs, attributes }, wanted);
    };
    return forgetting(back, [...inputs, ...at(cotangents, targets)]);
  },

  batch: (inputs, { body }, context) => {
    const results = batchedResults(body, context.batched, context);
    const over = (values: readonly Tensor[]) =>
      interpretMarked(body, marked(values, context.batched), results, context);
    return forgetting(over, inputs).map((tensor, i) => ({
      tensor: defined(tensor, "result"),
      batched: results[i] === true,
    }));
  },
};

/** `f` of `inputs` as one checkpoint. What `f` leaves out is left out. */
function forgetting(
  f: (values: readonly Tensor[]) => readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
): readonly (Tensor | undefined)[] {
  const { program, captures, result, assigned } = trace(
    f,
    inputs.map(({ variable }) => variable),
  );
  const outputs = applyRegion(checkpointOp, [...inputs, ...captures], { body: program });
  const positions = present(result);
  commit(assigned, outputs.slice(positions.length));
  return scattered(result.length, positions, outputs);
}

/**
 * `f` with its inner values computed again when a derivative needs them. Arguments may be any trees.
 * @throws TraceError when `f` reads data.
 * @pytorch torch.utils.checkpoint.checkpoint
 * @example
 * import { checkpoint, grad, tensor } from "tapegrad";
 * const block = checkpoint((x) => x.square().square()); // keeps x alone for the way back, not its square
 * console.log(grad((x) => block(x))(tensor(3))); // → Tensor(float32 []) 108
 */
export function checkpoint<Arguments extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...x: Arguments) => R,
): (...x: Arguments) => R {
  const fn = functionOf("checkpoint", "function to checkpoint", f, "checkpoint(f)(x)");
  return (...x) => {
    const { tensors, rebuild } = flattenArguments(x);
    const { program, captures, result, assigned } = trace(
      (inputs) => refusePromise("checkpoint", fn(...rebuild(inputs))),
      tensors.map(({ variable }) => variable),
      "checkpoint",
    );
    const outputs = applyRegion(checkpointOp, [...tensors, ...captures], { body: program });
    const returned = flatten(result);
    const effects = outputs.slice(returned.tensors.length);
    commit(assigned, effects);
    return returned.rebuild(outputs);
  };
}
