/** The vector operations of a matmul: the same interface for four float32 lanes and two float64 lanes. */
import type { Expression, FunctionBuilder, Local, Operand } from "../assembler/index.ts";
import { f32x4, f64x2, i32x4, i64x2, v128 } from "../assembler/index.ts";

type Vector = Expression<"v128">;
type Address = Operand<"i32">;

export interface VectorOps {
  readonly dtype: "float32" | "float64";
  /** Bytes per element. */
  readonly bytes: 4 | 8;
  /** Elements per vector. */
  readonly count: 4 | 2;
  readonly add: (a: Vector, b: Vector) => Vector;
  readonly mul: (a: Vector, b: Vector) => Vector;
  /** a·b + c in one rounding where the machine has it. */
  readonly fusedMultiplyAdd: (a: Vector, b: Vector, c: Vector) => Vector;
  /** One element in every lane. */
  readonly loadSplat: (address: Address, offset: number) => Vector;
  /** The first `lanes` elements; the other lanes are zero and nothing beyond is read. */
  readonly load: (address: Address, offset: number, lanes: number) => Vector;
  /** Writes only the first `lanes` elements. */
  readonly store: (
    address: Address,
    value: Local<"v128">,
    offset: number,
    lanes: number,
  ) => readonly Expression<"none">[];
  /** As many vectors as there are lanes, rows to columns. */
  readonly transpose: (f: FunctionBuilder, rows: readonly Vector[]) => readonly Vector[];
  /** As many vectors as there are lanes; lane i of the result is the sum of vector i's lanes. */
  readonly sums: (f: FunctionBuilder, vectors: readonly Vector[]) => Vector;
}

function fourOf(vectors: readonly Vector[]): readonly [Vector, Vector, Vector, Vector] {
  const zero = f32x4.constant(0);
  return [vectors[0] ?? zero, vectors[1] ?? zero, vectors[2] ?? zero, vectors[3] ?? zero];
}

const float32: VectorOps = {
  dtype: "float32",
  bytes: 4,
  count: 4,
  add: f32x4.add,
  mul: f32x4.mul,
  fusedMultiplyAdd: f32x4.relaxedMadd,
  loadSplat: v128.load32Splat,
  load(address, offset, lanes) {
    if (lanes === 4) return v128.load(address, offset, 4);
    if (lanes === 1) return v128.load32Zero(address, offset);
    const two = v128.load64Zero(address, offset, 4);
    return lanes === 2 ? two : v128.load32Lane(address, two, 2, offset + 8);
  },
  store(address, value, offset, lanes) {
    if (lanes === 4) return [v128.store(address, value, offset, 4)];
    if (lanes === 1) return [v128.store32Lane(address, value, 0, offset)];
    const two = v128.store64Lane(address, value, 0, offset, 4);
    return lanes === 2 ? [two] : [two, v128.store32Lane(address, value, 2, offset + 8)];
  },
  transpose(f, rows) {
    const [r0, r1, r2, r3] = fourOf(rows).map((row) => f.let(row));
    const [v0, v1, v2, v3] = fourOf([r0, r1, r2, r3].flatMap((row) => row ?? []));
    const low01 = f.let(i32x4.shuffle(v0, v1, [0, 4, 1, 5]));
    const high01 = f.let(i32x4.shuffle(v0, v1, [2, 6, 3, 7]));
    const low23 = f.let(i32x4.shuffle(v2, v3, [0, 4, 1, 5]));
    const high23 = f.let(i32x4.shuffle(v2, v3, [2, 6, 3, 7]));
    return [
      i64x2.shuffle(low01, low23, [0, 2]),
      i64x2.shuffle(low01, low23, [1, 3]),
      i64x2.shuffle(high01, high23, [0, 2]),
      i64x2.shuffle(high01, high23, [1, 3]),
    ];
  },
  sums(f, vectors) {
    const [v0, v1, v2, v3] = fourOf(vectors);
    const halves = (a: Vector, b: Vector) =>
      f.let(f32x4.add(i32x4.shuffle(a, b, [0, 4, 1, 5]), i32x4.shuffle(a, b, [2, 6, 3, 7])));
    const [first, second] = [halves(v0, v1), halves(v2, v3)];
    return f32x4.add(i64x2.shuffle(first, second, [0, 2]), i64x2.shuffle(first, second, [1, 3]));
  },
};

const float64: VectorOps = {
  dtype: "float64",
  bytes: 8,
  count: 2,
  add: f64x2.add,
  mul: f64x2.mul,
  fusedMultiplyAdd: f64x2.relaxedMadd,
  loadSplat: v128.load64Splat,
  load: (address, offset, lanes) => (lanes === 2 ? v128.load(address, offset, 8) : v128.load64Zero(address, offset)),
  store: (address, value, offset, lanes) => [
    lanes === 2 ? v128.store(address, value, offset, 8) : v128.store64Lane(address, value, 0, offset),
  ],
  transpose(f, rows) {
    const [v0, v1] = fourOf(rows);
    const [a, b] = [f.let(v0), f.let(v1)];
    return [i64x2.shuffle(a, b, [0, 2]), i64x2.shuffle(a, b, [1, 3])];
  },
  sums(_f, vectors) {
    const [v0, v1] = fourOf(vectors);
    return f64x2.add(i64x2.shuffle(v0, v1, [0, 2]), i64x2.shuffle(v0, v1, [1, 3]));
  },
};

export const vectorOpsOf = { float32, float64 } as const;

export type VectorDType = keyof typeof vectorOpsOf;
