/**
 * The public API, for users and for authors of ops, backends and cells. Code that only this project's packages share is in
 * `internal.ts`.
 */
export { apply, applyRegion } from "./dispatch/apply.ts";
export { applyStored } from "./dispatch/apply-stored.ts";
export {
  type Backend,
  type Buffer,
  type CostReport,
  currentBackend,
  type Executable,
  type Kernel,
  type MemoryOptions,
  type Operand,
  type PassReport,
  type PlanReport,
  type Residents,
  setBackend,
  synchronize,
  withBackend,
} from "./dispatch/backend.ts";
export type { Guard } from "./dispatch/frames.ts";
export {
  type Attributes,
  type BatchContext,
  type Batching,
  type BatchRule,
  type Derivative,
  type DerivativeContext,
  type HostOperand,
  isRegion,
  type MaybeBatched,
  type OpDefinition,
  type Operands,
  type Operation,
  type Partial,
  type Position,
  type RegionContext,
  type RegionDefinition,
  type Saves,
  type Transpose,
  type Weights,
} from "./dispatch/op.ts";
export {
  AnomalyError,
  BackendError,
  DisposedError,
  DTypeError,
  FormatError,
  ShapeError,
  TapegradError,
  TraceError,
  UnsupportedError,
} from "./errors/errors.ts";
export type { LoadOptions, LoadReport } from "./parameters/named-state.ts";
export { Parameter, type ParameterOptions, withParameters } from "./parameters/parameter.ts";
export { interpret } from "./program/interpreter.ts";
export { Program, type ProgramNode, print } from "./program/program.ts";
export { type Traced, trace } from "./program/trace.ts";
export {
  allocate,
  bytesPerElement,
  type ComputedDType,
  type DType,
  defaultDType,
  dtypes,
  dtypeTable,
  type FloatDType,
  floatFormats,
  isFloat,
  promote,
  setDefaultDType,
  type TypedArray,
} from "./tensor/dtype.ts";
export type { HostArray } from "./tensor/host-array.ts";
export type { Ledger, MemoryReport } from "./tensor/ledger.ts";
export { memory, scope } from "./tensor/memory.ts";
export {
  broadcastShapes,
  broadcastStrides,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "./tensor/shape.ts";
export { bufferOf, fromBuffer, type NestedArray, Tensor, type TensorOptions, tensor } from "./tensor/tensor.ts";
export type { TensorType, Variable } from "./tensor/variable.ts";
export { type MapTree, type Tree, treeLeaves, treeMap } from "./trees/tree.ts";
