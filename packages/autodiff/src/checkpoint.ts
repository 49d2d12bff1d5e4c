/**
 * Trading time for memory: a call whose inner values are forgotten and recorded again on the way back (Griewank and Walther,
 * 2000). The body is a Program, so what it read, random state included, is what it reads again, and effects happen once.
 */
import {
  applyRegion,
  defined,
  interpret,
  type Program,
  type RegionDefinition,
  type Tensor,
  trace,
} from "@tapegrad/core";
import { interpretAllBatched } from "./batch.ts";
import { flatten, freshResults } from "./leaves.ts";
import { at, indices, present, replaced, scattered } from "./lists.ts";
import { jvp, recordAliased } from "./transforms.ts";

interface CheckpointAttributes {
  readonly body: Program;
}

const checkpointOp: RegionDefinition<CheckpointAttributes> = {
  name: "checkpoint",
  types: (_, { body }) => body.outputs,
  run: (inputs, { body }) => freshResults(body, inputs),
  forward: (tangents, { inputs, attributes: { body } }) => {
    const moving = present(tangents);
    const f = (...values: Tensor[]) => interpret(body, replaced(inputs, moving, values));
    return jvp(f, at(inputs, moving), at(tangents, moving)).tangent;
  },
  reverse: (cotangents, { inputs, attributes: { body } }, wanted) => {
    const sources = indices(wanted, Boolean);
    const { result, pullback } = recordAliased(
      (values: Tensor[]) => interpret(body, replaced(inputs, sources, values)),
      at(inputs, sources),
    );
    const targets = present(cotangents);
    return scattered(inputs.length, sources, pullback(at(result, targets), at(cotangents, targets)));
  },
  batch: (inputs, { body }, { batched, ...options }) =>
    interpretAllBatched(
      body,
      inputs.map((tensor, i) => ({ tensor, batched: batched[i] === true })),
      options,
    ),
};

/** `f` with its inner values computed again when a derivative needs them. Arguments may be any trees. */
export function checkpoint<Arguments extends readonly unknown[], R>(f: (...x: Arguments) => R): (...x: Arguments) => R {
  return (...x) => {
    const { tensors, rebuild } = flatten(x);
    const {
      program: body,
      captures,
      result,
      assigned,
    } = trace(
      (inputs) => f(...rebuild(inputs)),
      tensors.map(({ variable }) => variable),
    );
    const outputs = applyRegion(checkpointOp, [...tensors, ...captures], { body });
    const returned = flatten(result);
    for (const [i, parameter] of assigned.entries())
      parameter.assign(defined(outputs[returned.tensors.length + i], "assigned value"));
    return returned.rebuild(outputs);
  };
}
