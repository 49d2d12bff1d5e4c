/**
 * C (+)= op(A)·op(B) for one shape. The kernel is a short function that calls inner ones per row tile, because V8 replaces
 * slow code by fast code only between calls: no inner call takes more than a few milliseconds.
 */
import { internal } from "@tapegrad/core/internal";
import type { Expression, FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.ts";
import { call, i32 } from "../assembler/index.ts";
import { emitDotRows } from "./dot-rows.ts";
import { once } from "./once.ts";
import { emitLeftPack, emitRightPack, packedRightBytes } from "./pack.ts";
import { type Blocks, type Plan, planOf, scratchLayout } from "./plan.ts";
import { advance, emitRowTile, type Start } from "./row-tile.ts";
import { columnAsRow, complete, type FullSpec, type MatmulSpec } from "./spec.ts";
import { vectorOpsOf } from "./vector-ops.ts";

/** `(a, b, c, scratch, …)`, all addresses in bytes; behind the scratch space come the epilogue's matrices. */
export type MatmulKernel = FunctionRef<readonly ["i32", "i32", "i32", "i32", ..."i32"[]], "none">;

/** Whether totals are in registers, whole, before they are stored. */
export function takesEpilogue(spec: MatmulSpec): boolean {
  const full = complete(spec);
  const plan = planOf(full);
  return plan.form === "panels" && plan.inner.count === 1 && columnAsRow(full) === undefined;
}

/** Bytes that the kernel needs at its scratch address; they carry nothing from call to call. */
export function scratchBytes(spec: MatmulSpec): number {
  const asked = complete(spec);
  const full = columnAsRow(asked) ?? asked;
  return scratchLayout(full, planOf(full)).bytes;
}

/** Bytes of B as `emitPack` leaves it. */
export function packedBytes(spec: MatmulSpec): number {
  return packedRightBytes(spec);
}

/**
 * `(b, packed)`: packs B once for many calls of the kernel whose spec is this one with `packedRight`. The order depends on the
 * sizes, rows included, the dtype and `fma`; not on the start or the strides of A and C.
 */
export function emitPack(module: ModuleBuilder, spec: MatmulSpec): FunctionRef<["i32", "i32"], "none"> {
  const full = complete({ ...spec, packedRight: true });
  const plan = planOf(full);
  return once(module, `pack of ${JSON.stringify(full)}`, () =>
    module.function(`pack ${title(full)}`, ["i32", "i32"], "none", (f, [b, packed]) => {
      if (plan.form !== "panels") return;
      forEachBlock(f, plan.inner, (inner) => {
        f.do(call(emitBlockPack(module, full, plan, inner, full.columns), b, packed));
        f.set(b, i32.add(b, rightBlockBytes(full, inner)));
        f.set(packed, i32.add(packed, packedRightBytes({ ...full, inner })));
      });
    }),
  );
}

export function emitMatmul(module: ModuleBuilder, spec: MatmulSpec): MatmulKernel {
  const full = complete(spec);
  if (spec.epilogue !== undefined && !takesEpilogue(spec)) throw internal(`${title(full)} takes no epilogue`);
  return once(module, `matmul ${JSON.stringify(full)}`, () => {
    const matrices = full.epilogue?.matrices.map(() => "i32" as const) ?? [];
    const parameters = ["i32", "i32", "i32", "i32", ...matrices] as const;
    return module.function(`matmul ${title(full)}`, parameters, "none", (f, [a, b, c, scratch, ...others]) => {
      const plan = planOf(full);
      if (full.rows === 0 || full.columns === 0) return;
      const row = columnAsRow(full);
      if (row !== undefined) return f.do(call(emitMatmul(module, row), b, a, c, scratch));
      if (plan.form === "dots") emitDots(module, f, full, plan, { a, b, c });
      else emitPanels(module, f, full, plan, { a, b, c, scratch, others });
    });
  });
}

function title(spec: FullSpec): string {
  const flags = `${spec.transposeLeft ? "t" : "n"}${spec.transposeRight ? "t" : "n"}`;
  return `${spec.dtype} ${flags} ${spec.rows}x${spec.inner}x${spec.columns} ${spec.start}`;
}

function matricesOf({ epilogue }: FullSpec) {
  return epilogue?.matrices.entries() ?? [];
}

type Address = Local<"i32">;
type PanelPlan = Extract<Plan, { form: "panels" }>;
type DotPlan = Extract<Plan, { form: "dots" }>;

function emitDots(
  module: ModuleBuilder,
  f: FunctionBuilder,
  spec: FullSpec,
  plan: DotPlan,
  at: Readonly<Record<"a" | "b" | "c", Address>>,
): void {
  const { bytes } = vectorOpsOf[spec.dtype];
  const { dtype, fma } = spec;
  const [leftRow, rightRow] = [spec.leftStride * bytes, spec.rightStride * bytes];
  const outputRow = spec.outputStride * bytes;
  forEachBlock(f, plan.inner, (inner, first) => {
    const start = first ? spec.start : "accumulate";
    f.scope(() => {
      const [right, output] = [f.let(at.b), f.let(at.c)];
      forEachColumnBlock(f, plan.columns, (columns) => {
        f.scope(() => {
          const [a, c] = [f.let(at.a), f.let(output)];
          for (let row = 0; row < spec.rows; row += 2) {
            const height = Math.min(2, spec.rows - row);
            const rows = { dtype, fma, inner, columns, start, height, leftRow, rightRow, outputRow };
            f.do(call(emitDotRows(module, rows), a, right, c));
            advance(f, a, 2 * leftRow);
            advance(f, c, 2 * outputRow);
          }
        });
        advance(f, right, columns * rightRow);
        advance(f, output, columns * bytes);
      });
    });
    advance(f, at.a, inner * bytes);
    advance(f, at.b, inner * bytes);
  });
}

/** Bytes from one block of k to the next in a B that is not packed. */
function rightBlockBytes(spec: FullSpec, inner: number): number {
  return inner * (spec.transposeRight ? 1 : spec.rightStride) * vectorOpsOf[spec.dtype].bytes;
}

function emitBlockPack(module: ModuleBuilder, spec: FullSpec, plan: PanelPlan, inner: number, columns: number) {
  return emitRightPack(module, {
    dtype: spec.dtype,
    inner,
    columns,
    width: plan.tiling.width,
    row: spec.rightStride * vectorOpsOf[spec.dtype].bytes,
    transposed: spec.transposeRight,
  });
}

/** The blocks in order: code for the first, for the middle ones in a loop, and for the last. */
function forEachBlock(f: FunctionBuilder, blocks: Blocks, body: (size: number, first: boolean) => void): void {
  const { size, count, last } = blocks;
  if (count > 1) body(size, true);
  if (count > 2) f.for(f.local("i32"), 0, count - 2, 1, () => body(size, false));
  body(last, count === 1);
}

/** Blocks of columns are alike, so all but the last need one piece of code. */
function forEachColumnBlock(f: FunctionBuilder, { size, count, last }: Blocks, body: (columns: number) => void): void {
  if (size === last) {
    f.for(f.local("i32"), 0, count, 1, () => body(size));
  } else {
    f.for(f.local("i32"), 0, count - 1, 1, () => body(size));
    body(last);
  }
}

function emitPanels(
  module: ModuleBuilder,
  f: FunctionBuilder,
  spec: FullSpec,
  plan: PanelPlan,
  at: Readonly<Record<"a" | "b" | "c" | "scratch", Address>> & { readonly others: readonly Address[] },
): void {
  const { bytes } = vectorOpsOf[spec.dtype];
  const packedLeft = plan.packLeft ? f.let(i32.add(at.scratch, scratchLayout(spec, plan).left)) : undefined;
  forEachBlock(f, plan.inner, (inner, first) => {
    f.scope(() => {
      const [b, c] = [f.let(at.b), f.let(at.c)];
      const others = at.others.map((address) => f.let(address));
      forEachColumnBlock(f, plan.columns, (columns) => {
        if (plan.packRight) f.do(call(emitBlockPack(module, spec, plan, inner, columns), b, at.scratch));
        const right = plan.packRight ? at.scratch : b;
        const block = { inner, columns, start: first ? spec.start : "accumulate" } as const;
        emitRowTiles(module, f, spec, plan, { a: at.a, b: right, c, others, packedLeft }, block);
        const rightColumn = spec.transposeRight ? spec.rightStride * bytes : bytes;
        advance(f, b, spec.packedRight ? packedRightBytes({ ...spec, inner, columns }) : columns * rightColumn);
        advance(f, c, columns * bytes);
        for (const [k, { column }] of matricesOf(spec)) advance(f, others[k], columns * column);
      });
    });
    advance(f, at.a, inner * (spec.transposeLeft ? spec.leftStride : 1) * bytes);
    advance(f, at.b, spec.packedRight ? packedRightBytes({ ...spec, inner }) : rightBlockBytes(spec, inner));
  });
}

/** All row tiles of one block of k and of columns. */
function emitRowTiles(
  module: ModuleBuilder,
  f: FunctionBuilder,
  spec: FullSpec,
  plan: PanelPlan,
  at: Readonly<Record<"a" | "b" | "c", Address>> & {
    readonly others: readonly Address[];
    readonly packedLeft: Address | undefined;
  },
  block: { readonly inner: number; readonly columns: number; readonly start: Start },
): void {
  const { bytes } = vectorOpsOf[spec.dtype];
  const { dtype, fma, transposeLeft } = spec;
  const row = spec.leftStride * bytes;
  const outputRow = spec.outputStride * bytes;
  const packed = plan.packRight || spec.packedRight;
  f.scope(() => {
    const a = f.let(at.a);
    const c = f.let(at.c);
    const others = at.others.map((address) => f.let(address));
    for (const { height, count, sets, lastSets } of plan.tiling.heights) {
      const leftRow = transposeLeft ? bytes : row;
      const leftStep = !transposeLeft ? bytes : at.packedLeft === undefined ? row : height * bytes;
      const rightStep = packed ? undefined : spec.rightStride * bytes;
      const tile = { dtype, fma, height, width: plan.tiling.width, sets, lastSets, ...block, epilogue: spec.epilogue };
      const kernel = emitRowTile(module, { ...tile, leftRow, leftStep, rightStep, outputRow });
      f.for(f.local("i32"), 0, count, 1, () => {
        let left: Expression<"i32"> = a;
        if (at.packedLeft !== undefined) {
          f.do(call(emitLeftPack(module, { dtype, inner: block.inner, height, row }), a, at.packedLeft));
          left = at.packedLeft;
        }
        f.do(call(kernel, left, at.b, c, ...others));
        advance(f, a, height * leftRow);
        advance(f, c, height * outputRow);
        for (const [k, { row: bytesDown }] of matricesOf(spec)) advance(f, others[k], height * bytesDown);
      });
    }
  });
}
