/**
 * The kernels of single ops: the portable ones, and generated code for calls that take long. The sizes of generated code are
 * parameters, so that it is made once per op. Only op and shapes decide, so that results do not depend on history.
 */
import { type CpuKernel, kernelTable } from "@tapegrad/backend-cpu";
import { type TypedArray, UnsupportedError } from "@tapegrad/core";
import { isWorthCopying } from "../eager-costs.ts";
import { wasmObstacle } from "../features.ts";
import { isLaneOp } from "../program/lane-ops.ts";
import { pointwiseKernel } from "./pointwise.ts";
import { productKernel } from "./product.ts";
import { Scratch } from "./scratch.ts";

/** A kernel that does not take every call. */
type MaybeKernel<A> = (...call: Parameters<CpuKernel<A>>) => TypedArray | undefined;

export function eagerKernels(fma: boolean): Readonly<Record<string, CpuKernel>> {
  let made: Scratch | undefined;
  const scratch = () => {
    made ??= new Scratch();
    return made;
  };
  const kernels = Object.entries<CpuKernel>(kernelTable).map(([name, host]) => {
    const pointwise = () => pointwiseKernel(name, scratch(), fma);
    return [name, isLaneOp(name) ? withCode(name, host, pointwise) : host];
  });
  const product = () => productKernel(scratch(), fma);
  return { ...Object.fromEntries(kernels), matmul: withCode("matmul", kernelTable.matmul, product) };
}

/** `host`, and for calls that are worth it the kernel that `make` makes, if it takes them. */
function withCode<A extends object>(name: string, host: CpuKernel<A>, make: () => MaybeKernel<A>): CpuKernel<A> {
  let kernel: MaybeKernel<A> | undefined;
  return (inputs, attributes, output) => {
    if (!isWorthCopying(name, inputs, output, attributes) || wasmObstacle() !== undefined)
      return host(inputs, attributes, output);
    kernel ??= make();
    return unlessRefused(() => kernel?.(inputs, attributes, output)) ?? host(inputs, attributes, output);
  };
}

/** Undefined where the platform has just refused to make a module. */
function unlessRefused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
