/**
 * Names of tensors in a checkpoint: those of the model are unchanged, and all others have the name of a group in front, as
 * `optimizer.steps`.
 */
import { ShapeError, TapegradError, type Tensor, treeMap } from "tapegrad";
import type { CarriedState } from "./model.ts";

const groups = ["optimizer", "state", "generator"] as const;
export type Group = (typeof groups)[number];

export function intoGroup(group: Group, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`${group}.${name}`, value]));
}

/** The tensors of `group`, without its prefix. */
export function inGroup(group: Group, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const prefix = `${group}.`;
  const members = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(members.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** Whether a tensor is of no group, and so the model's. */
export function isModels(name: string): boolean {
  return !groups.some((group) => name.startsWith(`${group}.`));
}

/** The tensors of no group: the model's. */
export function inNoGroup(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => isModels(name)));
}

/** `saved` as a state like `initial`. @throws ShapeError when it is another model's, or another batch size's. */
export function stateLike(initial: CarriedState, saved: Readonly<Record<string, Tensor>>): CarriedState {
  return treeMap<CarriedState>(
    (zeros: Tensor, value: Tensor) => {
      if (String(value.shape) === String(zeros.shape)) return value;
      throw new ShapeError("state", `another shape: [${value.shape}] for [${zeros.shape}]`);
    },
    initial,
    saved,
  );
}

/** @throws TapegradError when there is no tensor of this name. */
export function required(name: string, tensors: Readonly<Record<string, Tensor>>): Tensor {
  const value = tensors[name];
  if (value === undefined) throw new TapegradError("checkpoint", `no tensor ${name}`);
  return value;
}
