/** The first step of every public op: numbers and Parameters become tensors, and mixed dtypes are cast to one. */
import { type DType, DTypeError, defaultDType, isFloat, type Parameter, promote, Tensor } from "@tapegrad/core";
import {
  castTo,
  checkDType,
  checkInt32,
  describeValue,
  isNumberLike,
  isParameter,
  isPlainTensor,
  isTracedNumber,
} from "@tapegrad/core/internal";
import { scalar } from "./creation/constant.ts";

/** Accepted wherever a tensor is. A number takes its dtype from the tensors beside it. */
export type TensorLike = Tensor | Parameter | number;

/**
 * In which dtype an op computes: `numeric` in the promoted one, bool counting as int32; `floating` likewise but integers
 * become the default float; `any` in the promoted one as it is; `bool` in bool, where non-zero is true.
 */
export type DTypePolicy = "numeric" | "floating" | "any" | "bool";

/**
 * `x` as `dtype`. To an integer it truncates and saturates, NaN to 0; to bool, non-zero is true.
 * @pytorch torch.Tensor.to
 * @example
 * import { cast, tensor } from "tapegrad";
 * console.log(cast(tensor([1.9, -1.9, Number.NaN]), "int32")); // → Tensor(int32 [3]) [ 1, -1,  0]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  const value = asTensor(x);
  checkDType("cast", dtype);
  return castTo(value, dtype);
}

/** A tensor for one operand; a number becomes a scalar of the default float dtype. */
export function asTensor(x: TensorLike): Tensor {
  if (isTracedNumber(x)) return x.as(defaultDType(), "operand");
  if (x instanceof Tensor) return x;
  if (isParameter(x)) return x.value;
  return scalar(checkNumber("operand", x), defaultDType());
}

/** `asTensor` of what `op` calls its `what`. @throws DTypeError, by these names, for anything else; `dtype` is what it needs. */
export function tensorOf(op: string, what: string, x: TensorLike, dtype?: DType): Tensor {
  if (x instanceof Tensor || isParameter(x) || typeof x === "number") return asTensor(x);
  const [are, them] = /[^s]s$/.test(what) ? ["are", "them"] : ["is", "it"];
  const data = dtype === undefined ? "…" : `…, { dtype: "${dtype}" }`;
  throw new DTypeError(
    op,
    `the ${what} ${are} not a tensor: ${describeValue(x)}`,
    `make ${them} one with tensor(${data})`,
  );
}

/** JavaScript would make NaN of anything else. @throws DTypeError unless `value` is a number. */
function checkNumber(op: string, value: unknown): number {
  if (typeof value === "number") return value;
  const kind = Array.isArray(value) ? "an array" : value === null ? "null" : typeof value;
  throw new DTypeError(op, `${kind} is neither a tensor nor a number`, "make it a tensor with tensor(…)");
}

/**
 * The operands of `op` as tensors of one dtype; numbers alone go where `beside` is.
 * @throws DTypeError for a fractional number beside int32 tensors.
 */
export function operands<const Values extends readonly TensorLike[]>(
  op: string,
  values: Values,
  policy: DTypePolicy,
  beside?: Tensor,
): { readonly [Position in keyof Values]: Tensor };
export function operands(op: string, values: readonly TensorLike[], policy: DTypePolicy, beside?: Tensor) {
  if (areAlike(values, policy)) return values;
  const resolved = values.map((value) => (isParameter(value) ? value.value : value));
  const like = resolved.find((value) => value instanceof Tensor) ?? beside;
  const dtype = computeDType(resolved, policy);
  return resolved.map((value) => operandAs(op, value, dtype, like));
}

/** Whether they are tensors already, of one dtype that the policy keeps. */
function areAlike(values: readonly TensorLike[], policy: DTypePolicy): values is readonly Tensor[] {
  const [first] = values;
  if (!isPlainTensor(first) || !keeps(policy, first.dtype)) return false;
  return values.every((value) => isPlainTensor(value) && value.dtype === first.dtype);
}

function keeps(policy: DTypePolicy, dtype: DType): boolean {
  if (policy === "floating") return isFloat(dtype);
  return policy === "any" || (dtype === "bool") === (policy === "bool");
}

/** One operand as a tensor of `dtype`. @throws DTypeError for a number that is not an int32, where that is the dtype. */
export function operandAs(op: string, value: Tensor | number, dtype: DType, like?: Tensor): Tensor {
  if (isTracedNumber(value)) return value.as(dtype, op);
  if (value instanceof Tensor) return castTo(value, dtype);
  const number = checkNumber(op, value);
  if (dtype === "int32") checkInt32(op, number);
  return scalar(dtype === "bool" ? Number(number !== 0) : number, dtype, like);
}

/** If there is a tensor, numbers, traced or not, do not affect the dtype. */
function computeDType(values: readonly (Tensor | number)[], policy: DTypePolicy): DType {
  if (policy === "bool") return "bool";
  const tensors = values.flatMap((value) => (value instanceof Tensor && !isNumberLike(value) ? [value] : []));
  if (tensors.length === 0) return defaultDType();
  const promoted = tensors.map((value) => value.dtype).reduce(promote);
  if (policy === "floating") return isFloat(promoted) ? promoted : defaultDType();
  return policy === "numeric" || tensors.length < values.length ? promote(promoted, "int32") : promoted;
}
