/**
 * A float32 matrix product as functions whose sizes are parameters: B is packed in panels of eight columns, and tiles of up to
 * six rows by a panel are held in registers. Incomplete tiles need no code of their own: they read and write beyond the end of
 * a row or a panel, into elements that are written afterwards or into slack, and rows of C are whole panels.
 */
import {
  call,
  type Expression,
  type FunctionRef,
  f32x4,
  i32,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import { vectorOpsOf } from "../matmul/vector-ops.ts";

/** Columns of a panel. */
export const panel = 8;
/** Twelve sums, two vectors of B and one of A are the 15 registers that there are. */
const highest = 6;

const lanes = vectorOpsOf.float32;
const panelBytes = panel * lanes.bytes;
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const five = ["i32", "i32", "i32", "i32", "i32"] as const;
const nine = [...five, "i32", "i32", "i32", "i32"] as const;

type Address = Local<"i32">;

/** `(b, bytes from k to k, inner, panels, packed)`: B stored [inner, columns]. */
export function emitStraightPack(module: ModuleBuilder): FunctionRef {
  return module.function("pack", five, "none", (f, [b, step, inner, panels, packed]) => {
    const from = f.local("i32");
    f.for(f.local("i32"), 0, panels, 1, () => {
      f.set(from, b);
      f.for(f.local("i32"), 0, inner, 1, () => {
        for (const at of [0, 16]) f.do(v128.store(packed, v128.load(from, at, 4), at));
        f.set(from, i32.add(from, step));
        f.set(packed, i32.add(packed, panelBytes));
      });
      f.set(b, i32.add(b, panelBytes));
    });
  });
}

/** `(b, bytes from column to column, inner, panels, packed)`: B stored [columns, inner], read by squares of four. */
export function emitTransposingPack(module: ModuleBuilder): FunctionRef {
  return module.function("turn", five, "none", (f, [b, step, inner, panels, packed]) => {
    const [from, to] = [f.local("i32"), f.local("i32")];
    f.for(f.local("i32"), 0, panels, 1, () => {
      f.set(to, packed);
      f.for(f.local("i32"), 0, inner, lanes.count, () => {
        f.set(from, b);
        for (const half of [0, 16]) {
          f.scope(() => {
            const rows = range(lanes.count).map(() => {
              const row = f.let(v128.load(from, 0, 4));
              f.set(from, i32.add(from, step));
              return row;
            });
            for (const [k, column] of lanes.transpose(f, rows).entries())
              f.do(v128.store(to, column, k * panelBytes + half));
          });
        }
        f.set(b, i32.add(b, 16));
        f.set(to, i32.add(to, lanes.count * panelBytes));
      });
      f.set(b, i32.add(b, i32.sub(i32.mul(step, panel), bytesRead(inner))));
      f.set(packed, i32.add(packed, i32.mul(inner, panelBytes)));
    });
  });
}

/** What squares of four have read of a row. */
function bytesRead(inner: Expression<"i32">): Expression<"i32"> {
  return i32.and(i32.add(i32.mul(inner, lanes.bytes), 15), -16);
}

/**
 * `(rows, inner, panels, a, bytes from row to row and from k to k of A, packed B, c, accumulate)`: C = A·B, or C += A·B. C is
 * [rows, 8 · panels].
 */
export function emitProduct(module: ModuleBuilder, fma: boolean): FunctionRef {
  const tiles = range(highest).map((row) => emitTile(module, row + 1, fma));
  return module.function("product", nine, "none", (f, [rows, inner, panels, a, aRow, aStep, b, c, accumulate]) => {
    const cRow = f.let(i32.mul(panels, panelBytes));
    const tile = (height: number) => {
      const kernel = tiles[height - 1];
      if (kernel !== undefined) f.do(call(kernel, inner, panels, a, aRow, aStep, b, c, cRow, accumulate));
    };
    f.for(f.local("i32"), highest - 1, rows, highest, () => {
      tile(highest);
      f.set(a, i32.add(a, i32.mul(aRow, highest)));
      f.set(c, i32.add(c, i32.mul(cRow, highest)));
    });
    const rest = f.let(i32.remU(rows, highest));
    for (const height of range(highest).slice(1)) f.if(i32.eq(rest, height), () => tile(height));
  });
}

/** `(inner, panels, a, bytes from row to row and from k to k of A, packed B, c, bytes from row to row of C, accumulate)`. */
function emitTile(module: ModuleBuilder, height: number, fma: boolean): FunctionRef<typeof nine> {
  return module.function(
    `tile of ${height}`,
    nine,
    "none",
    (f, [inner, panels, a, aRow, aStep, b, c, cRow, accumulate]) => {
      const rows = range(height);
      const left = rows.map(() => f.local("i32"));
      const sums = rows.map(() => [f.local("v128"), f.local("v128")] as const);
      const to = f.local("i32");
      f.for(f.local("i32"), 0, panels, 1, () => {
        const downRows = (at: Address, start: Address, row: Address, visit: (r: number) => void) => {
          f.set(at, start);
          for (const r of rows) {
            visit(r);
            f.set(at, i32.add(at, row));
          }
        };
        downRows(to, a, aRow, (r) => {
          const [pointer, sum] = [left[r], sums[r]];
          if (pointer === undefined || sum === undefined) return;
          f.set(pointer, to);
          for (const half of sum) f.set(half, f32x4.constant(0));
        });
        f.for(f.local("i32"), 0, inner, 1, () => {
          f.scope(() => {
            const right = [f.let(v128.load(b, 0)), f.let(v128.load(b, 16))];
            for (const [r, pointer] of left.entries()) {
              const x = f.let(lanes.loadSplat(pointer, 0));
              for (const [v, y] of right.entries()) {
                const sum = sums[r]?.[v];
                if (sum === undefined) continue;
                f.set(sum, fma ? lanes.fusedMultiplyAdd(x, y, sum) : lanes.add(sum, lanes.mul(x, y)));
              }
              f.set(pointer, i32.add(pointer, aStep));
            }
          });
          f.set(b, i32.add(b, panelBytes));
        });
        f.if(accumulate, () => {
          downRows(to, c, cRow, (r) => {
            for (const [v, sum] of (sums[r] ?? []).entries()) f.set(sum, lanes.add(v128.load(to, 16 * v), sum));
          });
        });
        downRows(to, c, cRow, (r) => {
          for (const [v, sum] of (sums[r] ?? []).entries()) f.do(v128.store(to, sum, 16 * v));
        });
        f.set(c, i32.add(c, panelBytes));
      });
    },
  );
}

/** `(rows, columns, panels, c, y)`: rows of whole panels as rows of `columns`. */
export function emitTrim(module: ModuleBuilder): FunctionRef {
  return module.function("trim", five, "none", (f, [rows, columns, panels, c, y]) => {
    const [from, to] = [f.local("i32"), f.local("i32")];
    f.for(f.local("i32"), 0, rows, 1, () => {
      f.set(from, c);
      f.set(to, y);
      f.for(f.local("i32"), 0, columns, lanes.count, () => {
        f.do(v128.store(to, v128.load(from, 0), 0, 4));
        f.set(from, i32.add(from, 16));
        f.set(to, i32.add(to, 16));
      });
      f.set(c, i32.add(c, i32.mul(panels, panelBytes)));
      f.set(y, i32.add(y, i32.mul(columns, lanes.bytes)));
    });
  });
}
