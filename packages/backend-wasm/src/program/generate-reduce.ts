/** Reductions of the middle of three axes: along rows four vectors wide, or across rows a vector of columns at a time. */
import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  i32,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import type { ReduceStep } from "./step.ts";

type Vector = Expression<"v128">;
type Scalar = Expression<"f32">;

interface Combination {
  readonly initial: number;
  readonly vector: (a: Vector, b: Vector) => Vector;
  readonly scalar: (a: Scalar, b: Scalar) => Scalar;
}

const combinations: Readonly<Record<ReduceStep["op"], Combination>> = {
  sum: { initial: 0, vector: f32x4.add, scalar: f32.add },
  max: { initial: -Infinity, vector: f32x4.max, scalar: f32.max },
  min: { initial: Infinity, vector: f32x4.min, scalar: f32.min },
};

/** The function's parameters: target, source. */
export function emitReduce(module: ModuleBuilder, { op, outer, length, inner }: ReduceStep): FunctionRef {
  const combination = combinations[op];
  return module.function(op, ["i32", "i32"], "none", (f, [to, from]) => {
    const o = f.local("i32");
    f.for(o, 0, outer, 1, () => {
      if (inner === 1) alongRow(f, combination, to, from, length);
      else acrossRows(f, combination, to, from, length, inner);
      f.set(to, i32.add(to, inner * 4));
      f.set(from, i32.add(from, length * inner * 4));
    });
  });
}

function alongRow(
  f: FunctionBuilder,
  { initial, vector, scalar }: Combination,
  to: Local<"i32">,
  from: Local<"i32">,
  length: number,
): void {
  const [i, total] = [f.local("i32"), f.local("f32")];
  const address = i32.add(from, i32.shl(i, 2));
  f.set(total, initial);
  const whole = length - (length % 16);
  if (whole > 0) {
    const lanes = [0, 1, 2, 3].map(() => f.let(f32x4.constant(initial)));
    f.for(i, 0, whole, 16, () => {
      for (const [k, lane] of lanes.entries()) f.set(lane, vector(lane, v128.load(address, k * 16)));
    });
    const [a, b, c, d] = lanes;
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new Error("internal: four lanes");
    f.set(a, vector(vector(a, b), vector(c, d)));
    f.set(
      total,
      scalar(
        scalar(f32x4.extractLane(a, 0), f32x4.extractLane(a, 1)),
        scalar(f32x4.extractLane(a, 2), f32x4.extractLane(a, 3)),
      ),
    );
  }
  if (whole < length) f.for(i, whole, length, 1, () => f.set(total, scalar(total, f32.load(address))));
  f.do(f32.store(to, total));
}

function acrossRows(
  f: FunctionBuilder,
  { initial, vector, scalar }: Combination,
  to: Local<"i32">,
  from: Local<"i32">,
  length: number,
  inner: number,
): void {
  const [j, i, source] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const whole = inner - (inner % 4);
  const start = () => f.set(source, i32.add(from, i32.shl(j, 2)));
  const advance = () => f.set(source, i32.add(source, inner * 4));
  if (whole > 0) {
    const total = f.local("v128");
    f.for(j, 0, whole, 4, () => {
      start();
      f.set(total, f32x4.constant(initial));
      f.for(i, 0, length, 1, () => {
        f.set(total, vector(total, v128.load(source)));
        advance();
      });
      f.do(v128.store(i32.add(to, i32.shl(j, 2)), total));
    });
  }
  if (whole === inner) return;
  const rest = f.local("f32");
  f.for(j, whole, inner, 1, () => {
    start();
    f.set(rest, initial);
    f.for(i, 0, length, 1, () => {
      f.set(rest, scalar(rest, f32.load(source)));
      advance();
    });
    f.do(f32.store(i32.add(to, i32.shl(j, 2)), rest));
  });
}
