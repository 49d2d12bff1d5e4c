export { apply } from "./apply.ts";
export {
  type Backend,
  type Buffer,
  currentBackend,
  type Kernel,
  type Operand,
  setBackend,
  synchronize,
  withBackend,
} from "./backend.ts";
export {
  allocate,
  arrayTypes,
  bytesPerElement,
  type DType,
  defaultDType,
  dtypeOf,
  dtypes,
  type FloatDType,
  isFloat,
  promote,
  setDefaultDType,
  type TypedArray,
} from "./dtype.ts";
export * from "./errors.ts";
export { type Application, type Frame, isActive, withFrame } from "./frames.ts";
export type {
  Attributes,
  Derivative,
  DerivativeContext,
  OpDefinition,
  Partial,
  Saves,
  Transpose,
  Weights,
} from "./op.ts";
export { Parameter, type ParameterOptions, withParameters } from "./parameter.ts";
export * from "./shape.ts";
export { commonBackend, fromHost, type NestedArray, Tensor, type TensorOptions, tensor } from "./tensor.ts";
export { isPlainObject, type MapTree, type Tree, treeLeaves, treeMap } from "./tree.ts";
export { freshVariable, type TensorType, type Variable } from "./variable.ts";
