/** Initial values, PyTorch's defaults. */
import { checkInstance, Parameter, type Shape } from "@tapegrad/core";
import { Generator } from "@tapegrad/ops";

export interface GeneratorOptions {
  /** Where initial values and dropout masks come from; by default a Generator with a random seed. */
  readonly generator?: Generator;
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

/** Uniform on (−bound, bound). */
export function uniformParameter(name: string, shape: Shape, bound: number, generator: Generator): Parameter {
  return new Parameter(generator.uniform(shape, { low: -bound, high: bound }), { name });
}
