/** Initial values of Parameters, with PyTorch's defaults. */
import {
  DTypeError,
  defaultDType,
  formatShape,
  isFloat,
  Parameter,
  type Shape,
  ShapeError,
  sameShape,
  type Tensor,
} from "@tapegrad/core";
import { checkInstance, withMemoryFor } from "@tapegrad/core/internal";
import { Generator } from "@tapegrad/ops";

/** Options of what draws random numbers. */
export interface GeneratorOptions {
  /** Where initial values and dropout masks come from; by default a Generator with a random seed. */
  readonly generator?: Generator | undefined;
}

export const generatorOptions = { generator: checkGenerator } as const;

/** `generator`, which is called `what`. @throws DTypeError for anything else, such as a seed. */
export function checkGenerator(op: string, what: string, generator: Generator): Generator {
  return checkInstance(op, what, generator, Generator, "write new Generator(seed)");
}

/** `generator`, or one with a seed that differs from run to run. */
export function generatorOr(generator: Generator | undefined): Generator {
  return generator ?? new Generator(Math.floor(Math.random() * 2 ** 53));
}

/** Uniform on (−bound, bound). @throws BackendError, in the name of `op`, for a shape that no memory can hold. */
export function uniformParameter(
  op: string,
  name: string,
  shape: Shape,
  bound: number,
  generator: Generator,
): Parameter {
  return newParameter(op, name, shape, () => generator.uniform(shape, { low: -bound, high: bound }));
}

/** What `make` gives, of that shape. @throws BackendError, in the name of `op`, if no memory can hold it. */
export function newParameter(op: string, name: string, shape: Shape, make: () => Tensor): Parameter {
  return new Parameter(withMemoryFor(op, { shape, dtype: defaultDType() }, make), { name });
}

export interface WeightOptions {
  /** A Parameter that another module has as well, of the shape that this one would make; by default a new one. */
  readonly weight?: Parameter | undefined;
}

export const weightOptions = { weight: checkParameter } as const;

function checkParameter(op: string, what: string, weight: Parameter): Parameter {
  return checkInstance(op, what, weight, Parameter, "pass the Parameter of another module, such as embedding.weight");
}

/** `weight`. @throws ShapeError, DTypeError unless it has that shape, and is a float. */
export function sharedParameter(op: string, weight: Parameter, shape: Shape): Parameter {
  if (!sameShape(weight.shape, shape)) {
    const found = `${formatShape(weight.shape)}, not ${formatShape(shape)}`;
    throw new ShapeError(op, `the weight has another shape: ${found}`, "tie modules of matching sizes");
  }
  if (!isFloat(weight.dtype)) throw new DTypeError(op, `the weight is ${weight.dtype}`, "use a float dtype");
  return weight;
}
