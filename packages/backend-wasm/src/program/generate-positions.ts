/** Steps whose elements are functions of their positions: equal steps from a start, and random bits from a counter. */

import type { IotaStep, RandomBitsStep } from "@tapegrad/compiler";
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import {
  type Expression,
  type FunctionBuilder,
  f64,
  i32,
  i32x4,
  i64,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import { floatElements, laneFloatOf } from "./elements.ts";
import { parameter, type StepFunction } from "./loop-nest.ts";

type Vector = Expression<"v128">;

/** The function's parameter: target. */
export function iotaFunction({ start, step, to }: IotaStep): StepFunction {
  const length = sizeOf(to.shape);
  return {
    text: `iota ${to.dtype} ${length} from ${Object.is(start, -0) ? "-0" : start} by ${step}`,
    values: [to],
    emit: (module: ModuleBuilder) =>
      module.function("iota", ["i32"], "none", (f, parameters) => {
        const [i, target] = [f.local("i32"), parameter(parameters, 0)];
        f.for(i, 0, length, 1, () => {
          const value = f64.add(start, f64.mul(f64.convertI32S(i), step));
          // As JavaScript stores doubles in int32: truncated, then modulo 2³².
          if (to.dtype === "int32") f.do(i32.store(target, i32.wrapI64(i64.truncSatF64S(value))));
          else f.do(floatElements[laneFloatOf(to.dtype)].storeDouble(target, value));
          f.set(target, i32.add(target, bytesPerElement(to.dtype)));
        });
      }),
  };
}

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** The constant of the key schedule (Skein's parity), without which an all-zero key would be weak. */
const parity = 0x1bd11bda;

/** The function's parameters: state, target. */
export function randomBitsFunction({ state, bits, to }: RandomBitsStep): StepFunction {
  const length = sizeOf(to.shape);
  return {
    text: `randomBits ${length} of ${bits} bits`,
    values: [state, to],
    emit: (module: ModuleBuilder) =>
      module.function("randomBits", ["i32", "i32"], "none", (f, parameters) => {
        emitRandomBits(f, length, 32 - bits, parameter(parameters, 0), parameter(parameters, 1));
      }),
  };
}

/**
 * threefry2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) on four
 * blocks at a time: block i encrypts (i, draw) to elements 2i and 2i + 1.
 */
function emitRandomBits(
  f: FunctionBuilder,
  length: number,
  shift: number,
  state: Local<"i32">,
  target: Local<"i32">,
): void {
  const [k0, k1, draw] = [0, 4, 8].map((offset) => f.let(v128.load32Splat(state, offset)));
  if (k0 === undefined || k1 === undefined || draw === undefined)
    throw new Error("internal: the state has three words");
  const keys = [k0, k1, f.let(v128.xor(v128.xor(k0, k1), i32x4.constant(parity)))];
  const keyAt = (index: number): Vector => keys[index % 3] ?? k0;
  const second = f.let(i32x4.add(draw, k1));
  const [element, a, b] = [f.local("i32"), f.local("v128"), f.local("v128")];
  const blocks = f.let(i32x4.add(i32x4.constant(0, 1, 2, 3), k0));
  const eight = (count: number) => {
    f.set(a, blocks);
    f.set(b, second);
    for (let group = 0; group < 5; group++) {
      for (let round = 0; round < 4; round++) {
        const turn = rotations[(group % 2) * 4 + round] ?? 0;
        f.set(a, i32x4.add(a, b));
        f.set(b, v128.xor(v128.or(i32x4.shl(b, turn), i32x4.shrU(b, 32 - turn)), a));
      }
      f.set(a, i32x4.add(a, keyAt(group + 1)));
      f.set(b, i32x4.add(i32x4.add(b, keyAt(group + 2)), i32x4.constant(group + 1)));
    }
    f.set(blocks, i32x4.add(blocks, i32x4.constant(4)));
    for (const [half, lanes] of [
      [0, 4, 1, 5],
      [2, 6, 3, 7],
    ].entries()) {
      f.scope(() => {
        const four = f.let(i32x4.shrU(i32x4.shuffle(a, b, lanes), shift));
        if (count >= 4 * half + 4) return f.do(v128.store(target, four, 16 * half));
        for (let lane = 0; 4 * half + lane < count; lane++)
          f.do(v128.store32Lane(target, four, lane, 16 * half + 4 * lane));
      });
    }
    f.set(target, i32.add(target, 32));
  };
  const whole = length - (length % 8);
  f.for(element, 0, whole, 8, () => eight(8));
  if (whole < length) eight(length - whole);
}
