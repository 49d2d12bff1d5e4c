// Types of Symbol.dispose, also for consumers whose `lib` lacks them.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The tensor: immutable, dense, row-major. A tensor is a variable (who it is) and a storage (where its data is); the
 * storage is gone once the tensor is disposed of, and tapes keep variables, not tensors, wherever data is not needed.
 */

import { type Backend, type Buffer, checkBackend, currentBackend } from "../dispatch/backend.ts";
import { isBeingRecorded, isTracing, noteMade } from "../dispatch/frames.ts";
import { checkInt32, describeValue, optionsOf } from "../errors/arguments.ts";
import {
  BackendError,
  DisposedError,
  DTypeError,
  defined,
  ShapeError,
  type TapegradError,
  TraceError,
  UnsupportedError,
} from "../errors/errors.ts";
import { allocate, checkDType, type DType, defaultDType, type TypedArray } from "./dtype.ts";
import { type HostArray, holdsDType, isHostArray, madeDType, ownArray } from "./host-array.ts";
import { kind } from "./kind.ts";
import { Printable } from "./printable.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.ts";
import { freshVariable, type TensorType, type Variable } from "./variable.ts";

/** Numbers or booleans in arrays of arrays, as `tensor` takes and `toArray` gives them. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** What other modules may do to tensors, and users may not, so that `Tensor` offers none of it. */
interface Access {
  make(type: TensorType, storage: Buffer | "symbolic", variable?: Variable): Tensor;
  bufferOf(tensor: Tensor): Buffer;
  retain<T extends Tensor>(tensor: T): T;
  letGo(tensor: Tensor): void;
  isRetained(tensor: Tensor): boolean;
  retire(tensor: Tensor): void;
  peek(tensor: Tensor): TypedArray | string;
}

/** Where `Tensor` keeps it; a name that only this module has. */
const access = Symbol("access");

/** What is left of a buffer that was given up. */
class Disposed {
  readonly backend: Backend;

  constructor(backend: Backend) {
    this.backend = backend;
  }
}

/**
 * An immutable, dense array of numbers in row-major order. `shape` lists its lengths, one per axis: [] for a scalar, [rows,
 * columns] for a matrix, [batch, time, feature] for a batch of sequences. `dtype` is the type of its elements. `tensor` and ops
 * make tensors; `await data()` and `await toArray()` read them.
 * @throws DisposedError when it is used after `dispose`; TraceError when data is read while a function is recorded.
 * @pytorch torch.Tensor
 * @example
 * import { type Tensor, tensor } from "tapegrad";
 * const x: Tensor = tensor([[1, 2, 3], [4, 5, 6]]);
 * console.log(x.shape, x.dtype, x.rank, x.size); // → [ 2, 3 ] float32 2 6
 * console.log(await x.sum({ axis: 1 }).toArray()); // → [ 6, 15 ]
 */
export class Tensor extends Printable {
  /** The length of each axis; `[]` for a scalar. */
  readonly shape: Shape;
  /** The element type. */
  readonly dtype: DType;
  /** Identity and type, as tapes and Programs know them. */
  readonly variable: Variable;
  #storage: Buffer | "symbolic" | Disposed;
  /** How many hold it beyond a scope: Parameters, tapes. */
  #holders = 0;

  /** Users call `tensor(…)`; this is for backends and traces. @throws DTypeError for anything but a buffer. */
  protected constructor(type: TensorType, storage: Buffer | "symbolic", variable = freshVariable(type)) {
    super();
    if (storage !== "symbolic" && !isBuffer(storage))
      throw new DTypeError("Tensor", "new Tensor(…) makes none of data", "use tensor(data)");
    // Fields of its own, which consoles of browsers show at once.
    this.variable = variable;
    this.shape = this.variable.shape;
    this.dtype = this.variable.dtype;
    this.#storage = storage;
  }

  static [access](): Access {
    return {
      make: (type, storage, variable) => new Tensor(type, storage, variable),
      bufferOf: (tensor) => tensor.#buffer,
      retain: (tensor) => {
        tensor.#holders++;
        return tensor;
      },
      letGo: (tensor) => {
        tensor.#holders--;
      },
      isRetained: (tensor) => tensor.#holders > 0,
      retire: (tensor) => {
        const storage = tensor.#storage;
        if (storage !== "symbolic" && !(storage instanceof Disposed)) storage.backend.retire?.(storage);
      },
      peek: (tensor) => tensor.peek(),
    };
  }

  get [kind](): "tensor" | "number" {
    return "tensor";
  }

  protected get opening(): string {
    return "Tensor(";
  }

  /**
   * The number of axes.
   * @pytorch torch.Tensor.dim
   */
  get rank(): number {
    return this.variable.shape.length;
  }

  /**
   * The number of elements.
   * @pytorch torch.Tensor.numel
   */
  get size(): number {
    return sizeOf(this.variable.shape);
  }

  /** Whether it stands for a value that is being recorded and has no data. */
  get isSymbolic(): boolean {
    return this.#storage === "symbolic";
  }

  /** Where the data is or, once disposed of, was; of a symbolic tensor, where new tensors are made. */
  get backend(): Backend {
    return this.#storage === "symbolic" ? currentBackend() : this.#storage.backend;
  }

  /** @throws TraceError for a symbolic tensor, DisposedError after `dispose`. */
  get #buffer(): Buffer {
    if (this.#storage === "symbolic") throw symbolicError(this.variable, "its data was read");
    if (this.#storage instanceof Disposed) {
      throw new DisposedError(
        "tensor",
        `this ${this.dtype} ${formatShape(this.shape)} was disposed of`,
        "dispose after the last use",
      );
    }
    return this.#storage;
  }

  /**
   * A copy of the data, row-major; bool as bytes 0 and 1. A loop that awaits its reads lets the event loop turn: every 30 ms or
   * so the promise settles in another task, so that timers, signals and input are not kept waiting.
   * @pytorch torch.Tensor.numpy
   */
  async data(): Promise<TypedArray> {
    const buffer = this.#buffer;
    return await buffer.backend.read(buffer);
  }

  /** Like `data`, at once. @throws UnsupportedError on a backend that cannot wait. */
  dataSync(): TypedArray {
    const buffer = this.#buffer;
    const { backend } = buffer;
    if (backend.readSync === undefined) {
      throw new UnsupportedError("dataSync", `the ${backend.name} backend cannot wait for data`, "use await t.data()");
    }
    return backend.readSync(buffer);
  }

  /**
   * The only element.
   * @throws ShapeError unless there is exactly one.
   * @pytorch torch.Tensor.item
   */
  async item(): Promise<number> {
    return onlyElement(this, await this.data());
  }

  /** Like `item`, at once. */
  itemSync(): number {
    return onlyElement(this, this.dataSync());
  }

  /**
   * The data as nested arrays of numbers, booleans for bool; a scalar gives a bare value.
   * @pytorch torch.Tensor.tolist
   */
  async toArray(): Promise<NestedArray> {
    return nest(await this.data(), this.shape, this.dtype === "bool", 0, this.size);
  }

  /**
   * The same values on another backend, a fresh tensor. No gradient flows through the move.
   * @pytorch torch.Tensor.to
   */
  async to(backend: Backend): Promise<Tensor> {
    if (!checkBackend("to", backend).supports(this.dtype)) throw unsupportedDType("to", this.dtype, backend);
    return new Tensor(this.variable, backend.upload(await this.data(), this.dtype));
  }

  /**
   * Frees the data now instead of when the tensor becomes unreachable. Using it later is a DisposedError. Nothing is freed while
   * something is being recorded: a constant that is made there is read at every call.
   */
  dispose(): void {
    if (this.#storage === "symbolic" || this.#storage instanceof Disposed || isTracing()) return;
    const { backend } = this.#storage;
    backend.release(this.#storage);
    this.#storage = new Disposed(backend);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected peek(): TypedArray | string {
    if (this.#storage === "symbolic") return isBeingRecorded(this.variable) ? beingRecorded : recordingOver;
    if (this.#storage instanceof Disposed) return "disposed";
    const { backend } = this.#storage;
    try {
      const values = backend.view?.(this.#storage) ?? backend.readSync?.(this.#storage);
      return values ?? `on ${backend.name}: await t.data() for its values`;
    } catch (error) {
      return `unreadable: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  protected misuse(): TapegradError {
    if (this.#storage === "symbolic") return symbolicError(this.variable, "it was used as a number");
    return new DTypeError("tensor", "used as a number", "use the ops (add, mul, …), or await t.item() for its value");
  }
}

/** A query to the class, so that a bundle has both the class and the code below, or neither. */
const hidden = Tensor[access]();

/** JavaScript lets other things through. */
function isBuffer(value: unknown): boolean {
  return typeof value === "object" && value !== null && "backend" in value;
}

/** A tensor of what lies in `buffer`, which is dense and row-major: what a backend's compiled Programs return. */
export function fromBuffer(type: TensorType, buffer: Buffer): Tensor {
  return hidden.make(type, buffer);
}

/** A tensor that stands for a value and has no data. */
export function symbolicTensor(type: TensorType): Tensor {
  return hidden.make(type, "symbolic");
}

/** The tensor that stands for a variable of a Program: what passes see of a value that stays as it is. */
export function tensorOf(variable: Variable): Tensor {
  return hidden.make(variable, "symbolic", variable);
}

/**
 * Where a backend keeps the data of `tensor`: what its compiled Programs read.
 * @throws TraceError for a symbolic tensor, DisposedError after `dispose`.
 */
export const bufferOf: (tensor: Tensor) => Buffer = hidden.bufferOf;

/** Counts one more that holds the tensor beyond a scope: a Parameter, a tape. */
export const retain: <T extends Tensor>(tensor: T) => T = hidden.retain;

/** Takes back one `retain`. */
export const letGo: (tensor: Tensor) => void = hidden.letGo;

/** Whether somebody holds the tensor beyond a scope. */
export const isRetained: (tensor: Tensor) => boolean = hidden.isRetained;

/** Tells the backend that a Parameter had this value and has another one now. */
export const retire: (tensor: Tensor) => void = hidden.retire;

/** The values, if they can be read at once; else why not. */
export const peek: (tensor: Tensor) => TypedArray | string = hidden.peek;

/** A symbolic tensor that its recording left behind, in a variable or as an argument. */
export function recordingIsOver({ dtype, shape }: Variable): TraceError {
  return new TraceError(
    "trace",
    `this ${dtype} ${formatShape(shape)} was kept from a recording that is over, and has no data`,
    "return it from the function that was recorded, and use what the call returns",
  );
}

const beingRecorded = "symbolic: it is being recorded and has no values";
export const recordingOver = "symbolic: its recording is over and it has no values";

function symbolicError(variable: Variable, what: string): TraceError {
  if (!isBeingRecorded(variable)) return recordingIsOver(variable);
  return new TraceError(
    "trace",
    `a tensor has no data while it is being recorded, but ${what}`,
    "use where, cond or scan, or read after the call",
  );
}

/** Options of `tensor`. */
export interface TensorOptions {
  /** Row-major shape of a flat array; by default its length, or the nesting of a nested one. */
  readonly shape?: Shape | undefined;
  /** By default: the typed array's own, bool for booleans, else the default float dtype. */
  readonly dtype?: DType | undefined;
}

const tensorOptions = { shape: true, dtype: true } as const;

/**
 * A tensor on the current backend, copied from `data`. Typed arrays of integers give int32, with their values.
 * @throws ShapeError when nested arrays are ragged or `shape` has another size; DTypeError for an unknown dtype, and for a
 * fraction or a number beyond 2³¹ in int32.
 * @pytorch torch.tensor
 * @example
 * import { tensor } from "tapegrad";
 * console.log(tensor(Float64Array.of(1, 2, 3, 4), { shape: [4, 1] }).dtype); // → float64
 * console.log(tensor([[1, 2], [3, 4]]));
 * // → Tensor(float32 [2,2])
 * // → [[1, 2],
 * // →  [3, 4]]
 */
export function tensor(data: NestedArray | HostArray, options: TensorOptions = {}): Tensor {
  const { shape: wanted, dtype: given } = optionsOf("tensor", options, tensorOptions);
  const array = isHostArray(data) ? data : flatten(data);
  const inferred = isHostArray(data) ? [data.length] : shapeOfNested(data);
  const shape = checkShape("tensor", wanted ?? inferred);
  const dtype = checkDType("tensor", given ?? (isHostArray(data) ? madeDType(data) : dtypeOfNested(data)));
  if (sizeOf(inferred) !== sizeOf(shape)) {
    throw new ShapeError(
      "tensor",
      `${sizeOf(inferred)} values do not fill ${formatShape(shape)} (${sizeOf(inferred)} ≠ ${sizeOf(shape)})`,
    );
  }
  return fromHost(toHost(array, dtype), shape, dtype);
}

/** Uploads a host array that already has the array type of `dtype`. */
export function fromHost(data: TypedArray, shape: Shape, dtype: DType, backend: Backend = currentBackend()): Tensor {
  if (!backend.supports(dtype)) throw unsupportedDType("tensor", dtype, backend);
  const made = hidden.make({ shape: [...shape], dtype }, backend.upload(ownArray(data, dtype), dtype));
  noteMade(made);
  return made;
}

function unsupportedDType(op: string, dtype: DType, backend: Backend): Error {
  return new UnsupportedError(op, `the ${backend.name} backend has no ${dtype}`, "cast first, or use another backend");
}

function toHost(values: ArrayLike<number | bigint>, dtype: DType): TypedArray {
  const host = allocate(dtype, values.length);
  if (dtype !== "bool" && holdsDType(values, dtype)) {
    host.set(values);
    return host;
  }
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    host[i] = dtype === "bool" ? Number(value !== 0) : value;
    if (dtype === "int32") checkInt32("tensor", value);
  }
  return host;
}

function shapeOfNested(data: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

/** bool if there is nothing but booleans. */
function dtypeOfNested(data: NestedArray): DType {
  const isBool = (part: NestedArray): boolean => (Array.isArray(part) ? part.every(isBool) : typeof part === "boolean");
  const isEmpty = Array.isArray(data) && shapeOfNested(data).includes(0);
  return isBool(data) && !isEmpty ? "bool" : defaultDType();
}

function flatten(data: NestedArray, into: number[] = [], shape = shapeOfNested(data), depth = 0): number[] {
  if (!Array.isArray(data)) {
    if (typeof data !== "number" && typeof data !== "boolean") throw notNumbers(data);
    if (depth !== shape.length) throw raggedError(shape, depth);
    into.push(Number(data));
    return into;
  }
  if (data.length !== shape[depth]) throw raggedError(shape, depth);
  for (const part of data) flatten(part, into, shape, depth + 1);
  return into;
}

function notNumbers(value: unknown): DTypeError {
  const problem = `${describeValue(value)} is neither a number nor a boolean`;
  if (!(value instanceof Tensor)) return new DTypeError("tensor", problem, "convert the data first");
  const remedy = value.isSymbolic ? "; so are numbers and typed arrays given to a compiled function" : "";
  return new DTypeError("tensor", problem, `it is a tensor already: use stack, reshape or cast${remedy}`);
}

function raggedError(shape: Shape, depth: number): ShapeError {
  return new ShapeError(
    "tensor",
    `nested arrays are ragged: ${formatShape(shape)} (axis ${depth} differs)`,
    "pad them to one length",
  );
}

function onlyElement(t: Tensor, data: TypedArray): number {
  if (data.length !== 1) {
    throw new ShapeError(
      "item",
      `not a single value: ${formatShape(t.shape)} (${data.length} ≠ 1)`,
      "use data() or toArray()",
    );
  }
  return defined(data[0], "the only element");
}

function nest(data: TypedArray, shape: Shape, asBool: boolean, from: number, size: number): NestedArray {
  const [length, ...rest] = shape;
  if (length === undefined) return asBool ? data[from] !== 0 : defined(data[from], "an element");
  const step = length === 0 ? 0 : size / length;
  return Array.from({ length }, (_, i) => nest(data, rest, asBool, from + i * step, step));
}

/**
 * The backend of all `tensors`, or the current one if there are none.
 * @throws BackendError when they live on several, naming them.
 */
export function commonBackend(op: string, tensors: readonly Tensor[]): Backend {
  const first = tensors[0];
  const backend = first?.backend ?? currentBackend();
  for (const other of tensors) {
    if (other.backend !== backend) {
      const isNamed = backend.name !== other.backend.name;
      const placed = (t: Tensor | undefined) =>
        isNamed ? t?.backend.name : `[${t?.shape}] on ${t?.backend.name} (${t?.backend.label ?? "another"})`;
      throw new BackendError(
        op,
        `operands live on different backends: ${placed(first)} and ${placed(other)}`,
        "move one with await t.to(backend)",
      );
    }
  }
  return backend;
}
