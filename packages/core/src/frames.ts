/**
 * The one stack of recorders. Whatever watches ops being applied (a gradient tape, a trace, a barrier, an environment of
 * Parameter values) is a frame on it; frames are pushed and popped by `withFrame` alone, so the stack is always balanced.
 */
import { TraceError } from "./errors.ts";
import type { Attributes, OpDefinition } from "./op.ts";
import type { Parameter } from "./parameter.ts";
import type { Tensor } from "./tensor.ts";

/** One op application as it happens, with the tensors still at hand; a recorder keeps what it needs of it. */
export interface Application {
  readonly op: OpDefinition;
  readonly attributes: Attributes;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

export type Frame =
  /** Records every application below it, and which value a Parameter had when it was first read. */
  | { readonly kind: "tape"; record(application: Application): void; enter(parameter: Parameter, value: Tensor): void }
  /** Hides the tapes under it. */
  | { readonly kind: "barrier" }
  /** Gives Parameters other values; `assign` rebinds here instead of changing the Parameter. */
  | { readonly kind: "environment"; readonly values: Map<Parameter, Tensor> };

const frames: Frame[] = [];

/**
 * Runs `fn` under `frame`.
 * @throws TraceError when `fn` returns a promise: ops after its first `await` would be missed.
 */
export function withFrame<T>(frame: Frame, fn: () => T): T {
  frames.push(frame);
  try {
    const result = fn();
    if (result instanceof Promise) {
      result.catch(() => {}); // The caller gets the TraceError; the abandoned promise must not also crash the process.
      throw new TraceError(frame.kind, "the callback returned a promise", "await before or after, not inside");
    }
    return result;
  } finally {
    frames.pop();
  }
}

/** Whether `frame` is on the stack now. */
export function isActive(frame: Frame): boolean {
  return frames.includes(frame);
}

/** Offers an application from the top of the stack downwards, to the first barrier. */
export function offer(application: Application): void {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "barrier") return;
    if (frame?.kind === "tape") frame.record(application);
  }
}

/** The value that `parameter` has here: the innermost environment's, or its own (`outside`). Tapes on the way take note. */
export function readThrough(parameter: Parameter, outside: Tensor): Tensor {
  const { at: binding, values } = findEnvironment(parameter);
  const value = values?.get(parameter) ?? outside;
  for (let at = frames.length - 1; at > binding; at--) {
    const frame = frames[at];
    if (frame?.kind === "tape") frame.enter(parameter, value);
  }
  return value;
}

/** Rebinds `parameter` in the innermost environment that has it; false when there is none. */
export function assignThrough(parameter: Parameter, value: Tensor): boolean {
  const { values } = findEnvironment(parameter);
  values?.set(parameter, value);
  return values !== undefined;
}

function findEnvironment(parameter: Parameter): { at: number; values?: Map<Parameter, Tensor> } {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "environment" && frame.values.has(parameter)) return { at, values: frame.values };
  }
  return { at: -1 };
}
