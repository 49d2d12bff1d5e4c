/** threefry2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011). */
import type { AttributesOf } from "@tapegrad/ops";
import { allocateFor, type CpuKernel, operandAt } from "./kernel.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** The constant of the key schedule (Skein's parity), without which an all-zero key would be weak. */
const parity = 0x1bd11bda;

/** Encrypts the block (x0, x1) under the key (k0, k1). */
export function threefry2x32(k0: number, k1: number, x0: number, x1: number): [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ parity];
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const turn = rotations[(group % 2) * 4 + round]!;
      a = (a + b) | 0;
      b = ((b << turn) | (b >>> (32 - turn))) ^ a;
    }
    a = (a + keys[(group + 1) % 3]!) | 0;
    b = (b + keys[(group + 2) % 3]! + group + 1) | 0;
  }
  return [a, b];
}

export const randomBits: CpuKernel<AttributesOf<"randomBits">> = (inputs, { bits }, output) => {
  const [k0, k1, draw] = operandAt(inputs, 0).data;
  const y = allocateFor(output);
  for (let i = 0; i < y.length; i += 2) {
    const [a, b] = threefry2x32(k0!, k1!, i >> 1, draw!);
    y[i] = a >>> (32 - bits);
    if (i + 1 < y.length) y[i + 1] = b >>> (32 - bits);
  }
  return y;
};
