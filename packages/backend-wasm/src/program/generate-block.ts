/** Blocks of neighbouring elements, vector by vector. */
import { type Expression, type FunctionBuilder, i32, type Local, memory, v128 } from "../assembler/index.ts";

/** Longer blocks are left to the engine, whose copying costs a call. */
const inlineBytes = 4096;
/** So many vectors are copied or added in one round. */
const vectorsPerRound = 4;

/** Copies in as many whole vectors and words as there are. The blocks may not overlap. */
export function copyBlock(f: FunctionBuilder, to: Local<"i32">, from: Local<"i32">, bytes: number): void {
  if (bytes > inlineBytes) {
    f.do(memory.copy(to, from, bytes));
    return;
  }
  const copyVector = (target: Expression<"i32">, source: Expression<"i32">, offset: number) =>
    f.do(v128.store(target, v128.load(source, offset), offset));
  let at = inRounds(f, to, from, bytes, copyVector);
  for (; at + 16 <= bytes; at += 16) copyVector(to, from, at);
  for (; at + 4 <= bytes; at += 4) f.do(i32.store(to, i32.load(from, at), at));
  for (; at < bytes; at++) f.do(i32.store8(to, i32.load8U(from, at), at));
}

type VectorStep = (to: Expression<"i32">, from: Expression<"i32">, offset: number) => void;

/** Runs over as many bytes of `from` as there are whole rounds, `scale` times as many of `to`, and returns how many. */
export function inRounds(
  f: FunctionBuilder,
  to: Local<"i32">,
  from: Local<"i32">,
  bytes: number,
  vector: VectorStep,
  scale = 1,
): number {
  const round = 16 * vectorsPerRound;
  const end = bytes - (bytes % round);
  const i = f.local("i32");
  f.for(i, 0, end, round, () => {
    for (let offset = 0; offset < round; offset += 16) vector(i32.add(to, i32.mul(i, scale)), i32.add(from, i), offset);
  });
  return end;
}
