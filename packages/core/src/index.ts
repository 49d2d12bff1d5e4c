/**
 * What users need, and authors of ops, backends and cells that live elsewhere. What packages of this project share among
 * themselves, and may change at any time, is in `internal.ts`.
 */
export { apply, applyRegion } from "./apply.ts";
export {
  type Backend,
  type Buffer,
  type CostReport,
  currentBackend,
  type Executable,
  type Kernel,
  type MemoryOptions,
  type MemoryReport,
  type Operand,
  type PassReport,
  type PlanReport,
  type Residents,
  setBackend,
  synchronize,
  withBackend,
} from "./backend.ts";
export {
  allocate,
  bytesPerElement,
  type ComputedDType,
  type DType,
  defaultDType,
  dtypes,
  dtypeTable,
  type FloatDType,
  isFloat,
  promote,
  setDefaultDType,
  type TypedArray,
} from "./dtype.ts";
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
} from "./errors.ts";
export type { Guard } from "./frames.ts";
export type { HostArray } from "./host-array.ts";
export { interpret } from "./interpreter.ts";
export { memory, scope } from "./memory.ts";
export type { LoadOptions, LoadReport } from "./named-state.ts";
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
} from "./op.ts";
export { Parameter, type ParameterOptions, withParameters } from "./parameter.ts";
export { Program, type ProgramNode, print } from "./program.ts";
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
} from "./shape.ts";
export { bufferOf, fromBuffer, type NestedArray, Tensor, type TensorOptions, tensor } from "./tensor.ts";
export { type Traced, trace } from "./trace.ts";
export { type MapTree, type Tree, treeLeaves, treeMap } from "./tree.ts";
export type { TensorType, Variable } from "./variable.ts";
