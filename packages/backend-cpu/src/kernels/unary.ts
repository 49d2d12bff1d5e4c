/** Elementwise functions of one operand. Each has its own loop: a loop shared through a callback would not be inlined. */
import type { TypedArray } from "@tapegrad/core";
import { erf } from "./erf.ts";
import { allocateFor, type CpuKernel, operandAt } from "./kernel.ts";

type UnaryLoop = (x: TypedArray, y: TypedArray) => void;

function unary(loop: UnaryLoop): CpuKernel {
  return (inputs, _, output) => {
    const y = allocateFor(output);
    loop(operandAt(inputs, 0).data, y);
    return y;
  };
}

export const unaryKernels = {
  abs: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.abs(x[i]!);
  }),
  cos: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.cos(x[i]!);
  }),
  erf: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = erf(x[i]!);
  }),
  exp: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.exp(x[i]!);
  }),
  expm1: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.expm1(x[i]!);
  }),
  floor: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.floor(x[i]!);
  }),
  log: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.log(x[i]!);
  }),
  log1p: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.log1p(x[i]!);
  }),
  logicalNot: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = x[i] === 0 ? 1 : 0;
  }),
  neg: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = -x[i]!;
  }),
  relu: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.max(x[i]!, 0);
  }),
  rsqrt: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / Math.sqrt(x[i]!);
  }),
  sigmoid: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = 1 / (1 + Math.exp(-x[i]!));
  }),
  sign: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.sign(x[i]!);
  }),
  sin: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.sin(x[i]!);
  }),
  // log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|): the exponential cannot overflow.
  softplus: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.max(x[i]!, 0) + Math.log1p(Math.exp(-Math.abs(x[i]!)));
  }),
  sqrt: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.sqrt(x[i]!);
  }),
  square: unary((x, y) => {
    // As in mul: int32 products wrap.
    if (y instanceof Int32Array) for (let i = 0; i < y.length; i++) y[i] = Math.imul(x[i]!, x[i]!);
    else for (let i = 0; i < y.length; i++) y[i] = x[i]! * x[i]!;
  }),
  tanh: unary((x, y) => {
    for (let i = 0; i < y.length; i++) y[i] = Math.tanh(x[i]!);
  }),
};
