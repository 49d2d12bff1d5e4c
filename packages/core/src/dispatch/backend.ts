/**
 * The interface of a backend. A kernel is a pure function of its operands. The type rule has run before it, so a kernel may
 * rely on its operands' shapes and dtypes. Kernels may run asynchronously: only `read` has to wait for them.
 */

import { BackendError } from "../errors/errors.ts";
import { yieldToEventLoop } from "../platform/event-loop.ts";
import { refuseStranger } from "../platform/library-copy.ts";
import type { Program } from "../program/program.ts";
import type { DType, TypedArray } from "../tensor/dtype.ts";
import type { Ledger, MemoryReport } from "../tensor/ledger.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { TensorType } from "../tensor/variable.ts";
import { isPromise } from "./frames.ts";
import type { Attributes, OpDefinition } from "./op.ts";

/** Memory that a backend owns. Contents never change once an op has returned it. */
export interface Buffer {
  readonly backend: Backend;
}

/** A typed view of a buffer: dense, row-major. */
export interface Operand extends TensorType {
  readonly buffer: Buffer;
}

/** `op` is the record that the kernel serves. */
export type Kernel = (
  inputs: readonly Operand[],
  attributes: Attributes,
  output: TensorType,
  op: OpDefinition,
) => Buffer;

/**
 * Where tensors live and ops are computed: it allocates, reads and releases buffers, has a kernel for every primitive, and
 * may compile Programs.
 */
export interface Backend {
  readonly name: string;
  /** What tells it from others of its name, for messages: `device 2`. */
  readonly label?: string;
  /** Kernels by op name, for ops whose records do not say how they are done with others. */
  readonly kernels: ReadonlyMap<string, Kernel>;
  /** The kernel of an op whose record has `host`; absent where tensors do not lie in the memory of the host. */
  readonly hostKernel?: Kernel;
  /**
   * Ops on dtypes that the backend only stores: the result, or undefined where the op has a kernel for the dtypes at hand. Absent
   * where the backend computes in all that it supports.
   */
  applyStored?(
    op: OpDefinition,
    inputs: readonly Tensor[],
    attributes: Attributes,
    output: TensorType,
  ): Tensor | undefined;
  supports(dtype: DType): boolean;
  /** Copies host data in. `data` has the array type of `dtype`; numbers that a packed dtype lacks are rounded. */
  upload(data: TypedArray, dtype: DType): Buffer;
  /**
   * Copies out, after every kernel that writes the buffer has finished. Where no task of the event loop passes until then, it
   * lets one pass now and then: a loop that awaits its reads must not keep timers and input waiting.
   */
  read(buffer: Buffer): Promise<TypedArray>;
  /** Copies out without waiting; absent where the platform cannot. */
  readSync?(buffer: Buffer): TypedArray;
  /** The data where they lie, to be read at once and neither kept nor written; absent where reading copies. */
  view?(buffer: Buffer): TypedArray;
  /** The caller gives the buffer up; the backend may reuse its memory once pending kernels are done. */
  release(buffer: Buffer): void;
  /** Resolves when all work issued so far is done, rejects with its first error. */
  synchronize(): Promise<void>;
  /**
   * Makes one thing of a Program; absent, or undefined for a Program that the backend cannot compile, where the reference
   * interpreter serves. Called once per Program.
   */
  compile?: ((program: Program, residents?: Residents) => Executable | undefined) | undefined;
  /** A Parameter has another value now; somebody may still hold this one, but compiled code will hardly see it again. */
  retire?(buffer: Buffer): void;
  /**
   * What is held, counted from the first call on; absent where it cannot be known. With `origin`, which gives the caller's line,
   * the backend asks from then on where each buffer is allocated, and reports it. `ledger` makes an account, for backends that
   * have none of their own: so that only programs that ask carry its code.
   */
  memory?(origin: (() => string) | undefined, ledger: () => Ledger): MemoryReport;
}

/** Which inputs and outputs of a Program are values of Parameters, for which it is worth to keep them close to its code. */
export interface Residents {
  readonly inputs: readonly boolean[];
  readonly outputs: readonly boolean[];
}

/** A Program ready to run: its results, in order, each a fresh tensor. */
export interface Executable {
  (inputs: readonly Tensor[]): readonly Tensor[];
  /** What the backend made of the Program; absent where it is interpreted. */
  report?(): CostReport;
  /** How the backend planned the Program, pass by pass; absent where it is interpreted. */
  plan?(): PlanReport;
}

/** What the compiler made of a Program, and how. */
export interface PlanReport {
  /** What `compile` recorded. */
  readonly recorded: Program;
  /** The passes in their order. */
  readonly passes: readonly PassReport[];
  /** What runs, one line per kernel; what a loop or branch holds is indented. */
  readonly steps: readonly string[];
}

/** What one pass did. */
export interface PassReport {
  readonly name: string;
  /** Entries before the pass, those of bodies once. */
  readonly nodesBefore: number;
  /** Entries after it. */
  readonly nodes: number;
  /** The Program after it. */
  readonly program: Program;
}

/** What running a Program once costs, and what compiling did to it. */
export interface CostReport {
  /** Calls of generated code: loops, products, copies. */
  readonly kernels: number;
  /** Of floating-point numbers; a function such as exp counts as one. */
  readonly operations: number;
  /** Read and written by kernels, from wherever. */
  readonly bytes: number;
  /** Bytes of memory for everything but Parameters. */
  readonly arena: number;
  /** Bytes of Parameters' values that stay beside the code. */
  readonly residents: number;
  /** Which elementwise ops became one loop, how long it is, and how often it runs. */
  readonly fused: readonly string[];
  /** Which ops no longer run at every step of a loop, and why. */
  readonly leftLoops: readonly string[];
}

/** Options of `memory`. */
export interface MemoryOptions {
  /** Notes where each buffer is allocated, from now on. */
  readonly debug?: boolean | undefined;
}

let current: Backend | undefined;
let offered: (() => Backend) | undefined;

/** Says which backend is taken when the first one is needed and none was chosen. */
export function offerBackend(choose: () => Backend): void {
  offered = choose;
}

/**
 * The backend on which new tensors are made.
 * @throws BackendError when none was chosen.
 * @example
 * import { currentBackend } from "tapegrad";
 * console.log(["cpu", "wasm"].includes(currentBackend().name)); // → true
 */
export function currentBackend(): Backend {
  current ??= offered?.();
  if (current === undefined) {
    throw new BackendError("backend", "none was chosen", 'call setBackend(await cpu()), or import "tapegrad"');
  }
  return current;
}

/**
 * Chooses the backend on which tensors are made from now on. Ops run where their operands live.
 * @throws BackendError for anything but a backend, such as its name, or the promise of one.
 * @example
 * import { cpu, setBackend, tensor } from "tapegrad";
 * setBackend(await cpu());
 * console.log(tensor([1]).backend.name); // → cpu
 */
export function setBackend(backend: Backend): void {
  current = checkBackend("setBackend", backend);
}

/** `backend`. @throws BackendError, in the name of `op`, for its name, its promise, or what else is none. */
export function checkBackend(op: string, backend: Backend): Backend {
  const given: unknown = backend;
  if (typeof given === "object" && given !== null) {
    refuseStranger(given, op);
    if ("kernels" in given) return backend;
  }
  const isPending = isPromise(given);
  if (isPending) given.catch(() => {}); // The caller gets this error; the other one must not also crash the process.
  const what = isPending
    ? "a promise of a backend is none yet"
    : `not a backend: ${typeof given === "string" ? JSON.stringify(given) : typeof given}`;
  throw new BackendError(op, what, `await what makes one: ${op}(await cpu()), or wasm() or webgpu()`);
}

/**
 * Runs `fn` with `backend` as the place where tensors are made, and restores the previous choice.
 * @throws BackendError for anything but a backend, such as the promise of one, and when `fn` returns a promise: the choice would be restored before it settles.
 * @example
 * import { cpu, tensor, withBackend } from "tapegrad";
 * const portable = await cpu();
 * console.log(withBackend(portable, () => tensor([1]).backend.name)); // → cpu
 */
export function withBackend<T>(backend: Backend, fn: () => T): T {
  const previous = current;
  current = checkBackend("withBackend", backend);
  try {
    const result = fn();
    if (isPromise(result)) {
      result.catch(() => {}); // The caller gets the BackendError; the abandoned promise must not also crash the process.
      throw new BackendError(
        "withBackend",
        "the callback returned a promise",
        "await before or after, or use setBackend",
      );
    }
    return result;
  } finally {
    current = previous;
  }
}

/**
 * Resolves when all work issued so far on the current backend is done, rejects with its first error.
 * @pytorch torch.cuda.synchronize
 * @example
 * import { synchronize } from "tapegrad";
 * await synchronize(); // rejects with the first failure of what was asked for before
 * console.log("done"); // → done
 */
export function synchronize(): Promise<void> {
  return currentBackend().synchronize().finally(yieldToEventLoop);
}
