/**
 * A·Bᵀ for a few rows without packing: every element of C is the dot product of two stored rows, summed in vectors along k
 * and across their lanes at the end.
 */
import type { FunctionBuilder, Local, ModuleBuilder } from "../assembler/index.ts";
import { i32, v128 } from "../assembler/index.ts";
import { once } from "./once.ts";
import type { Start, TileKernel } from "./row-tile.ts";
import type { VectorDType, VectorOps } from "./vector-ops.ts";
import { vectorOpsOf } from "./vector-ops.ts";

/** Row strides are in bytes; the elements of a row of A and of B lie side by side. */
export interface DotRows {
  readonly dtype: VectorDType;
  readonly fma: boolean;
  /** One row or two. */
  readonly height: number;
  readonly inner: number;
  readonly columns: number;
  readonly leftRow: number;
  readonly rightRow: number;
  readonly outputRow: number;
  readonly start: Start;
}

/** A lane sums so many products at most; of more, each half begins at zero. */
const longestSum = 256;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export function emitDotRows(module: ModuleBuilder, rows: DotRows): TileKernel {
  return once(module, `dots ${JSON.stringify(rows)}`, () => {
    const name = `dots ${rows.height} ${rows.dtype} k${rows.inner} n${rows.columns}`;
    return module.function(name, ["i32", "i32", "i32"], "none", (f, [a, b, c]) => {
      const lanes = vectorOpsOf[rows.dtype];
      const group = rows.height === 1 ? 8 : 4;
      const advance = (columns: number): void => {
        f.set(b, i32.add(b, columns * rows.rightRow));
        f.set(c, i32.add(c, columns * lanes.bytes));
      };
      f.for(f.local("i32"), 0, Math.floor(rows.columns / group), 1, () => {
        f.scope(() => emitGroup(f, lanes, rows, group, { a, b, c }));
        advance(group);
      });
      const rest = rows.columns % group;
      if (rest > 0) emitGroup(f, lanes, rows, rest, { a, b, c });
    });
  });
}

function emitGroup(
  f: FunctionBuilder,
  lanes: VectorOps,
  rows: DotRows,
  columns: number,
  at: Readonly<Record<"a" | "b" | "c", Local<"i32">>>,
): void {
  const sums = range(rows.height).map(() => range(columns).map(() => f.local("v128")));
  const clear = (): void => {
    for (const sum of sums.flat()) f.set(sum, v128.constant(new Uint8Array(16)));
  };
  clear();
  const a = f.let(at.a);
  const b = f.let(at.b);
  const step = (offset: number, count: number): void => {
    f.scope(() => {
      const left = range(rows.height).map((row) => f.let(lanes.load(a, offset + row * rows.leftRow, count)));
      for (const column of range(columns)) {
        const y = f.let(lanes.load(b, offset + column * rows.rightRow, count));
        sums.forEach((row, r) => {
          const [sum, x] = [row[column], left[r]];
          if (sum === undefined || x === undefined) return;
          f.set(sum, rows.fma ? lanes.fusedMultiplyAdd(x, y, sum) : lanes.add(sum, lanes.mul(x, y)));
        });
      }
    });
  };
  const unroll = 2;
  const rounds = Math.floor(rows.inner / (unroll * lanes.count));
  const loop = (count: number): void => {
    const end = f.let(i32.add(a, 16 * unroll * count));
    f.loop((next) => {
      for (const u of range(unroll)) step(16 * u, lanes.count);
      f.set(a, i32.add(a, 16 * unroll));
      f.set(b, i32.add(b, 16 * unroll));
      f.brIf(next, i32.ne(a, end));
    });
  };
  const isLong = unroll * rounds > longestSum;
  const late = isLong ? Math.floor(rounds / 2) : rounds;
  if (isLong) loop(rounds - late);
  const early = isLong ? sums.flat().map((sum) => [sum, f.let(sum)] as const) : [];
  if (isLong) clear();
  if (late > 0) loop(late);
  const rest = rows.inner - rounds * unroll * lanes.count;
  for (let k = 0; k < rest; k += lanes.count) step(k * lanes.bytes, Math.min(lanes.count, rest - k));
  for (const [sum, half] of early) f.set(sum, lanes.add(half, sum));

  sums.forEach((row, r) => {
    for (let column = 0; column < columns; column += lanes.count) {
      f.scope(() => {
        const count = Math.min(lanes.count, columns - column);
        const total = f.let(lanes.sums(f, row.slice(column, column + count)));
        const output = r * rows.outputRow + column * lanes.bytes;
        if (rows.start === "accumulate") f.set(total, lanes.add(lanes.load(at.c, output, count), total));
        f.do(...lanes.store(at.c, total, output, count));
      });
    }
  });
}
