/**
 * The inner kernel: a few rows of C over all columns, panel by panel, with a tile of C in registers while k runs. V8 has 15
 * registers for accumulators and operands; one more and the kernel runs at half speed (`tiles.ts` keeps to that).
 */
import { defined } from "@tapegrad/core/internal";
import type { Expression, FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.ts";
import { i32, v128 } from "../assembler/index.ts";
import { once } from "./once.ts";
import type { Sets } from "./tiles.ts";
import type { VectorDType, VectorOps } from "./vector-ops.ts";
import { vectorOpsOf } from "./vector-ops.ts";

/** What the sum of a tile's products is added to: nothing, or what C holds. */
export type Start = "zero" | "accumulate";

/** What is computed of a tile's totals while they are in registers. */
export interface Epilogue {
  /** Epilogues with equal text do the same. */
  readonly text: string;
  /** Of the matrices that it reads and writes: bytes from row to row and from column to column. */
  readonly matrices: readonly { readonly row: number; readonly column: number }[];
  /** Whether C is stored, too. */
  readonly keepsTotals: boolean;
  /** Code for a vector of totals, of which `lanes` count; what is needed for all of them is set before. */
  begin(f: FunctionBuilder): (total: Local<"v128">, at: (matrix: number) => Place, lanes: number) => void;
}

/** Where an element is. */
export interface Place {
  readonly address: Local<"i32">;
  readonly offset: number;
}

/** Strides are in bytes. */
export interface RowTile extends Sets {
  readonly dtype: VectorDType;
  readonly fma: boolean;
  /** Rows of the tile. */
  readonly height: number;
  /** Vectors of a panel. */
  readonly width: number;
  readonly inner: number;
  readonly columns: number;
  /** From row to row of A, and from k to k. */
  readonly leftRow: number;
  readonly leftStep: number;
  /** From k to k of B; undefined if B is packed in panels. */
  readonly rightStep: number | undefined;
  readonly outputRow: number;
  readonly start: Start;
  readonly epilogue: Epilogue | undefined;
}

interface Pointers {
  readonly a: Local<"i32">;
  readonly b: Local<"i32">;
  readonly c: Local<"i32">;
  /** Of the epilogue's matrices. */
  readonly others: readonly Local<"i32">[];
}

/** Addresses of the first row of A, of all of B, of the first row of C, and of those of the epilogue's matrices. */
export type TileKernel = FunctionRef<readonly ["i32", "i32", "i32", ..."i32"[]], "none">;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export function emitRowTile(module: ModuleBuilder, tile: RowTile): TileKernel {
  return once(module, `rows ${JSON.stringify(tile)}`, () => {
    const name = `rows ${tile.height}x${tile.width} ${tile.dtype} k${tile.inner} n${tile.columns}`;
    const matrices = tile.epilogue?.matrices ?? [];
    const parameters = ["i32", "i32", "i32", ...matrices.map(() => "i32" as const)] as const;
    return module.function(name, parameters, "none", (f, [a, b, c, ...others]) => {
      const lanes = vectorOpsOf[tile.dtype];
      const panel = tile.width * lanes.count;
      const full = Math.floor(tile.columns / panel);
      const i = f.local("i32");
      f.for(i, 0, full, 1, () => {
        f.scope(() => emitPanel(f, lanes, tile, panel, { a, b, c, others }));
        f.set(b, i32.add(b, tile.rightStep === undefined ? panel * lanes.bytes * tile.inner : panel * lanes.bytes));
        f.set(c, i32.add(c, panel * lanes.bytes));
        for (const [k, { column }] of matrices.entries()) advance(f, others[k], panel * column);
      });
      const rest = tile.columns % panel;
      if (rest > 0) emitPanel(f, lanes, tile, rest, { a, b, c, others });
    });
  });
}

/** Moves an address, if there is one, by so many bytes. */
export function advance(f: FunctionBuilder, address: Local<"i32"> | undefined, bytes: number): void {
  if (address !== undefined && bytes !== 0) f.set(address, i32.add(address, bytes));
}

/**
 * One panel of at most `tile.width` vectors. Narrow panels add into several sets of accumulators in turn, or each sum
 * would wait for the one before it.
 */
function emitPanel(f: FunctionBuilder, lanes: VectorOps, tile: RowTile, columns: number, at: Pointers): void {
  const width = Math.ceil(columns / lanes.count);
  const lanesAt = (v: number) => Math.min(lanes.count, columns - v * lanes.count);
  const sets = width < tile.width ? tile.lastSets : tile.sets;
  const unroll = Math.max(2, sets);
  const accumulators = range(sets).map(() => range(tile.height).map(() => range(width).map(() => f.local("v128"))));
  const forEachCell = (visit: (cell: Local<"v128">, row: number, v: number, set: number) => void): void => {
    accumulators.forEach((rows, set) => {
      rows.forEach((row, r) => {
        row.forEach((cell, v) => {
          visit(cell, r, v, set);
        });
      });
    });
  };

  forEachCell((cell) => f.set(cell, v128.constant(new Uint8Array(16))));

  // Unpacked, the last vector must not read past B's row; packed panels are padded.
  const rightLanes = tile.rightStep === undefined ? () => lanes.count : lanesAt;
  const rightStep = tile.rightStep ?? 16 * width;
  const a = f.let(at.a);
  const b = f.let(at.b);
  const step = (u: number): void => {
    const rows = accumulators[u % sets] ?? [];
    const left = (row: number) => lanes.loadSplat(a, row * tile.leftRow + u * tile.leftStep);
    const right = (v: number) => lanes.load(b, u * rightStep + 16 * v, rightLanes(v));
    multiplyAdd(f, lanes, tile.fma, rows, left, right);
  };
  const rounds = Math.floor(tile.inner / unroll);
  const round = (): void => {
    for (let u = 0; u < unroll; u++) step(u);
    f.set(a, i32.add(a, unroll * tile.leftStep));
    f.set(b, i32.add(b, unroll * rightStep));
  };
  if (rounds === 1) round();
  if (rounds > 1) {
    const end = f.let(i32.add(a, rounds * unroll * tile.leftStep));
    f.loop((next) => {
      round();
      f.brIf(next, i32.ne(a, end));
    });
  }
  for (let u = 0; u < tile.inner - rounds * unroll; u++) step(u);

  forEachCell((cell, row, v, set) => {
    const total = accumulators[0]?.[row]?.[v];
    if (set > 0 && total !== undefined) f.set(total, lanes.add(total, cell));
  });
  // Last: begun from C, every product would be rounded to the last place of all blocks before it.
  if (tile.start === "accumulate")
    forEachCell((cell, row, v, set) => {
      if (set === 0) f.set(cell, lanes.add(lanes.load(at.c, row * tile.outputRow + 16 * v, lanesAt(v)), cell));
    });
  const { epilogue } = tile;
  const finish = epilogue?.begin(f);
  forEachCell((cell, row, v, set) => {
    if (set > 0) return;
    if (epilogue?.keepsTotals !== false) f.do(...lanes.store(at.c, cell, row * tile.outputRow + 16 * v, lanesAt(v)));
    const placeIn = (matrix: number): Place => {
      const strides = defined(epilogue?.matrices[matrix], "matrix");
      const offset = row * strides.row + v * lanes.count * strides.column;
      return { address: defined(at.others[matrix], "address"), offset };
    };
    f.scope(() => finish?.(cell, placeIn, lanesAt(v)));
  });
}

/** sums[r][v] += left(r)·right(v), with whichever side is shorter held in registers. */
function multiplyAdd(
  f: FunctionBuilder,
  lanes: VectorOps,
  fma: boolean,
  sums: readonly (readonly Local<"v128">[])[],
  left: (row: number) => Expression<"v128">,
  right: (v: number) => Expression<"v128">,
): void {
  const width = sums[0]?.length ?? 0;
  f.scope(() => {
    const add = (sum: Local<"v128">, x: Expression<"v128">, y: Expression<"v128">) =>
      f.set(sum, fma ? lanes.fusedMultiplyAdd(x, y, sum) : lanes.add(sum, lanes.mul(x, y)));
    if (width <= sums.length) {
      const held = range(width).map((v) => f.let(right(v)));
      sums.forEach((row, r) => {
        const x = f.let(left(r));
        row.forEach((sum, v) => {
          add(sum, x, held[v] ?? x);
        });
      });
    } else {
      const held = sums.map((_, r) => f.let(left(r)));
      for (let v = 0; v < width; v++) {
        const y = f.let(right(v));
        sums.forEach((row, r) => {
          const [sum, x] = [row[v], held[r]];
          if (sum !== undefined && x !== undefined) add(sum, x, y);
        });
      }
    }
  });
}
