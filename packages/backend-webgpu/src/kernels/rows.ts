/**
 * Elements of a table by index: read, or added to. An index out of range reads NaN (0 in integers) and adds nowhere. Every element
 * of the table is added up by one invocation, in the order of the indices, so that the sum does not depend on who is first.
 */
import type { RowsStep } from "@tapegrad/compiler";
import { sizeOf } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { forEach, indent } from "../wgsl/shader.ts";
import { constantText } from "./fused.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { type Positions, positionsOf, sumOf } from "./positions.ts";
import { literals, type Sizes } from "./sizes.ts";

/** A step on a part of the table, which begins at position `first` of the axis. */
export interface PartOfRows extends RowsStep {
  readonly first?: number;
  /** Whether rows of other parts are left as they are. */
  readonly isPart?: boolean;
}

/** The numbers of the operands among the kernels' values. */
const [table, indices, rows] = [0, 1, 2];

export function rowsKernels(step: PartOfRows, division: Division): readonly StepKernel[] {
  if (sizeOf(step.rows.shape) === 0) return [];
  if (step.mode === "take") return [takeKernel(step, division)];
  return [addKernel(step, division)];
}

function offsetOf({ offsets }: Positions, value: number): string {
  return defined(offsets[value], "offset");
}

/** What makes an index one into the part of the table. */
function sinceFirst({ first }: PartOfRows, sizes: Sizes): string {
  return first === undefined ? "" : ` - ${sizes.of(first)}`;
}

function takeKernel(step: PartOfRows, { loop, sizes }: Division): StepKernel {
  const values = [step.table, step.indices, step.rows];
  const positions = positionsOf(
    "i",
    step.rows.shape,
    values.map(({ strides }) => strides),
    { sizes },
  );
  const since = sinceFirst(step, sizes);
  const { dtype } = step.rows;
  const missing = constantText(dtype === "float32" ? Number.NaN : 0, dtype, literals);
  return {
    label: `take [${step.rows.shape}]`,
    values,
    functions: [],
    invocations: loop,
    groups: Math.ceil(positions.count / loop),
    body: (names) => {
      const place = sumOf([offsetOf(positions, table), sizes.term("select(0u, row, inside)", step.stride)]);
      return [
        forEach("i", sizes.of(positions.count), loop, [
          ...positions.statements,
          // A negative index wraps to more than any length.
          `let row = bitcast<u32>(${names.load(indices, offsetOf(positions, indices))})${since};`,
          `let inside = row < ${sizes.of(step.length)};`,
          ...(step.isPart === true
            ? [`if (inside) { ${names.store(rows, offsetOf(positions, rows), names.load(table, place))} }`]
            : [
                names.store(rows, offsetOf(positions, rows), `select(${missing}, ${names.load(table, place)}, inside)`),
              ]),
        ]),
      ];
    },
  };
}

/** So many invocations keep a large device busy, and a processor; each of them reads all indices of its column. */
const enoughInvocations = 2 ** 13;
const enoughInSoftware = 64;

/** A column of rows is for one invocation, or, where columns are few, for several: each adds to every so many-th row of the table. */
function addKernel(step: PartOfRows, { loop, sizes, isAlone, isSoftware }: Division): StepKernel {
  const axes = [...step.rows.shape.keys()].filter((axis) => step.rows.shape[axis] !== 1);
  const at = (list: readonly number[], chosen: readonly number[]) => chosen.map((axis) => list[axis] ?? 0);
  const values = [step.table, step.indices, step.rows];
  const strides = (chosen: readonly number[]) => values.map((value) => at(value.strides, chosen));
  const columnAxes = axes.filter((axis) => step.table.strides[axis] !== 0);
  const rowAxes = axes.filter((axis) => step.table.strides[axis] === 0);
  const across = positionsOf("column", at(step.rows.shape, columnAxes), strides(columnAxes), { sizes, name: "across" });
  const along = positionsOf("j", at(step.rows.shape, rowAxes), strides(rowAxes), { sizes, name: "along" });
  const enough = isSoftware ? enoughInSoftware : isAlone ? loop : enoughInvocations;
  const wanted = Math.ceil(enough / across.count);
  const since = sinceFirst(step, sizes);
  const turns = Math.min(2 ** Math.ceil(Math.log2(wanted)), step.length);
  return {
    label: `add [${step.rows.shape}]`,
    values,
    functions: [],
    invocations: loop,
    groups: Math.ceil((turns * across.count) / loop),
    body: (names) => {
      const of = (value: number) => `${offsetOf(across, value)} + ${offsetOf(along, value)}`;
      const isMine = turns === 1 && sizes.areKnown ? "" : ` & (row % ${sizes.of(turns)} == turn)`;
      return [
        forEach("i", sizes.of(turns * across.count), loop, [
          `let column = i % ${sizes.of(across.count)};`,
          `let turn = i / ${sizes.of(across.count)};`,
          ...across.statements,
          `for (var j = 0u; j < ${sizes.of(along.count)}; j++) {`,
          ...indent([
            ...along.statements,
            `let row = bitcast<u32>(${names.load(indices, of(indices))})${since};`,
            `if ((row < ${sizes.of(step.length)})${isMine}) {`,
            `  let place = ${sumOf([offsetOf(across, table), sizes.term("row", step.stride)])};`,
            `  ${names.store(table, "place", `${names.load(table, "place")} + ${names.load(rows, of(rows))}`)}`,
            "}",
          ]),
          "}",
        ]),
      ];
    },
  };
}
