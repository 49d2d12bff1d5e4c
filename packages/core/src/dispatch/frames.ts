/**
 * The one stack of recorders. Whatever watches ops being applied (a gradient tape, a trace, a barrier, an environment of
 * Parameter values) is a frame on it; frames are pushed and popped in this file alone, so the stack is always balanced.
 */
import { TraceError } from "../errors/errors.ts";
import type { Parameter } from "../parameters/parameter.ts";
import { tagOf } from "../tensor/host-array.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorType, Variable } from "../tensor/variable.ts";
import type { Attributes, Operation } from "./op.ts";

/** One op application as it happens, with the tensors still at hand; a recorder keeps what it needs of it. */
export interface Application {
  readonly op: Operation;
  readonly attributes: Attributes;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

export interface TapeFrame {
  readonly kind: "tape";
  record(application: Application): void;
  /** The value that a Parameter had when it was first met. */
  enter(parameter: Parameter, value: Tensor): void;
}

/** Under a trace nothing is computed: ops make symbolic tensors, and the trace alone sees them, and the tapes above it. */
export interface TraceFrame {
  readonly kind: "trace";
  /** Counts recordings from 1: those inside this one, and those after it, have larger numbers. */
  readonly serial: number;
  /** `stop` says that a barrier lies between, so that no derivative may pass. */
  record(application: Application, stop: boolean): void;
  /** Results that are recorded already, or that a simpler op gave, for an application of which nothing is recorded then. */
  instead?(application: Omit<Application, "outputs">, types: readonly TensorType[]): readonly Tensor[] | undefined;
  /** What Parameters are here. The first read binds; `assign` rebinds and leaves the Parameter itself alone. */
  readonly values: Map<Parameter, Tensor>;
  readonly assigned: Set<Parameter>;
  /** Parameters made while it records: they are values of the recording, new whenever it runs. */
  readonly own: Set<Parameter>;
  /** Whether it records where the value comes from. */
  knows(variable: Variable): boolean;
  /** The symbolic tensor that stands for a Parameter whose value outside is `value`. */
  bind(parameter: Parameter, value: Tensor): Tensor;
  /** What else the recording depends on, by what reads it: made into guards when the recording ends. */
  readonly guards: Map<() => unknown, () => Guard>;
}

/** Something that is no tensor, on which a recording depends. */
export interface Guard {
  /** Whether it is as it was before the recording. */
  holds(): boolean;
  /** Makes it what the recording made it. */
  settle(): void;
}

/** What an application passes on its way up the stack: tapes, traces, barriers, environments, observers. */
export type Frame =
  | TapeFrame
  | TraceFrame
  /** Hides the tapes under it. */
  | { readonly kind: "barrier" }
  /** Gives some Parameters other values; `assign` rebinds those here. */
  | {
      readonly kind: "environment";
      readonly values: ReadonlyMap<Parameter, Tensor>;
      rebind(parameter: Parameter, value: Tensor): void;
    }
  | ObserverFrame;

/** Looks at results as they are computed, barriers or not. */
export interface ObserverFrame {
  readonly kind: "observer";
  observe?(application: Application): void;
  /** A tensor came into being, by an op or from data. */
  made?(tensor: Tensor): void;
}

const frames: Frame[] = [];

/**
 * Runs `fn` under `frame`.
 * @throws TraceError when `fn` returns a promise: ops after its first `await` would be missed.
 */
export function withFrame<T>(frame: Frame, fn: () => T): T {
  frames.push(frame);
  try {
    return refusePromise(frame.kind, fn());
  } finally {
    frames.pop();
  }
}

/** Runs `fn`, work that was put off, out of sight of recorders that happen to be there when it is done. */
export function unwatched<T>(fn: () => T): T {
  const hidden = frames.splice(0);
  try {
    return fn();
  } finally {
    frames.push(...hidden);
  }
}

/** `result` of a callback of `op`. @throws TraceError when it is a promise. */
export function refusePromise<T>(op: string, result: T): T {
  if (!isPromise(result)) return result;
  result.catch(() => {}); // The caller gets the TraceError; the abandoned promise must not also crash the process.
  throw new TraceError(op, "the callback returned a promise", "await before or after, not inside");
}

/** Whether `value` is a promise, of any realm. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return tagOf(value) === "Promise";
}

/** Whether `frame` is on the stack now. */
export function isActive(frame: Frame): boolean {
  return frames.includes(frame);
}

/** The trace that records now, if any. */
export function innermostTrace(): TraceFrame | undefined {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "trace") return frame;
  }
  return undefined;
}

/** Whether ops make symbolic tensors now. */
export function isTracing(): boolean {
  return innermostTrace() !== undefined;
}

/** Whether a recording that still goes on knows the value. */
export function isBeingRecorded(variable: Variable): boolean {
  return frames.some((frame) => frame.kind === "trace" && frame.knows(variable));
}

/** Gives `parameter`, which is new, to the innermost trace; false when there is none. */
export function ownByTrace(parameter: Parameter, value: Tensor): boolean {
  const frame = innermostTrace();
  frame?.own.add(parameter);
  frame?.values.set(parameter, value);
  return frame !== undefined;
}

/** The number of the innermost recording; 0 outside of one. */
export function currentRecording(): number {
  return innermostTrace()?.serial ?? 0;
}

/** The number of the recording that goes on and in which `parameter` was made; 0 if there is none. */
export function recordingOf(parameter: Parameter): number {
  const owner = frames.find((frame): frame is TraceFrame => frame.kind === "trace" && frame.own.has(parameter));
  return owner?.serial ?? 0;
}

/** Whether the trace that owns `parameter` still records. */
export function isOwnedNow(parameter: Parameter): boolean {
  return recordingOf(parameter) > 0;
}

/** Whether values pass from hand to hand here without anything keeping, replacing or recording them. */
export function isUndisturbed(): boolean {
  return frames.every((frame) => frame.kind === "observer");
}

/** Whether a scope will dispose of what is made now. */
export function isScoped(): boolean {
  return frames.some((frame) => frame.kind === "observer" && frame.made !== undefined);
}

/** Whether anything would record an op now: a tape above the topmost barrier, or a trace. */
export function isRecorded(): boolean {
  const barrier = frames.findLastIndex((frame) => frame.kind === "barrier");
  return frames.some((frame, at) => frame.kind === "trace" || (frame.kind === "tape" && at > barrier));
}

/** Offers an application from the top of the stack downwards: to tapes until a barrier, and to the innermost trace. */
export function offer(application: Application): void {
  let stop = false;
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "barrier") stop = true;
    else if (frame?.kind === "observer") observe(frame, application);
    else if (frame?.kind === "tape" && !stop) frame.record(application);
    else if (frame?.kind === "trace") {
      frame.record(application, stop);
      return;
    }
  }
}

function observe(frame: ObserverFrame, application: Application): void {
  frame.observe?.(application);
  for (const output of application.outputs) frame.made?.(output);
}

/** Tells observers of a tensor that no op made. */
export function noteMade(tensor: Tensor): void {
  for (const frame of frames) if (frame.kind === "observer") frame.made?.(tensor);
}

/** Offers an application to the tapes above the topmost barrier or trace. */
export function offerToTapes(application: Application): void {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "barrier" || frame?.kind === "trace") return;
    if (frame?.kind === "tape") frame.record(application);
  }
}

/** The value of `parameter` here: what the innermost environment or trace binds it to, else its own, `outside`. */
export function readThrough(parameter: Parameter, outside: Tensor, from = frames.length - 1): Tensor {
  for (let at = from; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "environment" || frame?.kind === "trace") {
      const bound = frame.values.get(parameter);
      if (bound !== undefined) return bound;
      if (frame.kind === "environment") continue;
      const value = frame.bind(parameter, readThrough(parameter, outside, at - 1));
      frame.values.set(parameter, value);
      return value;
    }
    if (frame?.kind === "tape") {
      const value = readThrough(parameter, outside, at - 1);
      frame.enter(parameter, value);
      return value;
    }
  }
  return outside;
}

/**
 * Reads something that is no tensor but changes what is recorded, such as whether a module is training. Recordings hold for the
 * value that `read`, always the same function, gave first. If they change the value, calls do so, too, by `write`.
 */
export function guarded<T>(read: () => T, write?: (value: T) => void): T {
  const value = read();
  const guard = () => {
    const last = read();
    return { holds: () => Object.is(read(), value), settle: () => write?.(last) };
  };
  for (const frame of frames) if (frame.kind === "trace" && !frame.guards.has(read)) frame.guards.set(read, guard);
  return value;
}

/** Rebinds `parameter` in the innermost trace, or environment that has it; false when there is none. */
export function assignThrough(parameter: Parameter, value: Tensor): boolean {
  for (let at = frames.length - 1; at >= 0; at--) {
    const frame = frames[at];
    if (frame?.kind === "trace") {
      if (!frame.own.has(parameter)) frame.assigned.add(parameter);
      frame.values.set(parameter, value);
      return true;
    }
    if (frame?.kind === "environment" && frame.values.has(parameter)) {
      frame.rebind(parameter, value);
      return true;
    }
  }
  return false;
}
