export { apply, applyRegion } from "./apply.ts";
export {
  checkBoolean,
  checkChoice,
  checkCount,
  checkFunction,
  checkInstance,
  checkInt32,
  checkList,
  checkNumber,
  checkRange,
  countFrom,
  describeValue,
  isClass,
  type OptionCheck,
  optionsOf,
  remedyFor,
} from "./arguments.ts";
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
  type Residents,
  setBackend,
  synchronize,
  withBackend,
} from "./backend.ts";
export { BoundedCache } from "./bounded-cache.ts";
export {
  allocate,
  arrayTypes,
  bytesPerElement,
  checkDType,
  type DType,
  defaultDType,
  dtypes,
  type FloatDType,
  isFloat,
  promote,
  setDefaultDType,
  type TypedArray,
} from "./dtype.ts";
export * from "./errors.ts";
export {
  type Application,
  currentRecording,
  type Frame,
  type Guard,
  guarded,
  isActive,
  isOwnedNow,
  isPromise,
  isRecorded,
  isScoped,
  isTracing,
  type ObserverFrame,
  recordingOf,
  refusePromise,
  withFrame,
} from "./frames.ts";
export { bytesOf, dtypeOf, type HostArray, holdsDType, isHostArray, isMap, isSet, tagOf } from "./host-array.ts";
export { applyNode, interpret, replay } from "./interpreter.ts";
export { memory, scope } from "./memory.ts";
export { type LoadOptions, type LoadReport, loadState, type NamedState, stateOf } from "./named-state.ts";
export {
  type Attributes,
  type BatchContext,
  type Batching,
  type BatchRule,
  type Derivative,
  type DerivativeContext,
  isRegion,
  type MaybeBatched,
  type OpDefinition,
  type Operation,
  type Partial,
  type RegionContext,
  type RegionDefinition,
  type Saves,
  type Transpose,
  type Weights,
} from "./op.ts";
export { callerOrigin, currentOrigin, trackOrigins, tracksOrigins, withOrigin } from "./origin.ts";
export { Parameter, type ParameterOptions, withParameters } from "./parameter.ts";
export { isPlainObject } from "./plain-object.ts";
export { Program, type ProgramNode, print } from "./program.ts";
export { recordedByIdentity } from "./recorded-by-identity.ts";
export * from "./shape.ts";
export { withMemoryFor } from "./shortage.ts";
export { functionOf, standalone } from "./standalone.ts";
export { commonBackend, fromHost, type NestedArray, Tensor, type TensorOptions, tensor } from "./tensor.ts";
export { commit, type Traced, trace } from "./trace.ts";
export { isNumberLike, TracedNumber } from "./traced-number.ts";
export { leafPaths, type MapTree, mirroredLeaves, type Tree, treeLeaves, treeMap } from "./tree.ts";
export { freshVariable, type TensorType, type Variable } from "./variable.ts";
