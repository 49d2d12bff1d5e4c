/**
 * One elementwise op as a function whose sizes are parameters: rows of some length, and for each operand a step from row to
 * row. It writes whole vectors. Elements written behind a row are overwritten by the next row; behind the last row there is
 * slack.
 */
import { bytesPerElement, type DType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { type FunctionRef, i32, type ModuleBuilder } from "../assembler/index.ts";
import { VectorConstants } from "../math/constants.ts";
import { elements } from "../program/elements.ts";
import { formOf, layoutOf } from "../program/lane-layout.ts";
import { type LaneMath, laneOp } from "../program/lane-ops.ts";

export interface PointwiseOp {
  readonly name: string;
  readonly operands: readonly PointwiseOperand[];
  readonly result: DType;
}

export interface PointwiseOperand {
  readonly dtype: DType;
  /** One element for a whole row. */
  readonly isRepeated: boolean;
}

/** No elementwise op has more operands. */
export const mostOperands = 3;
const parameters = ["i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32", "i32"] as const;

/** `(rows, length, y, x₀, bytes from row to row of x₀, x₁, …)`, three operands whether there are as many or not. Rows of y lie side by side. */
export function emitPointwise(
  module: ModuleBuilder,
  { name, operands, result }: PointwiseOp,
  math: LaneMath,
): FunctionRef {
  return module.function(name, parameters, "none", (f, [rows, length, y, ...places]) => {
    const type = operands.at(-1)?.dtype ?? result;
    const layout = layoutOf([...operands.map(({ dtype }) => dtype), result]);
    const constants = new VectorConstants(f);
    laneOp(name).declare?.(constants, math, type, result);
    const streams = operands.map((operand, k) => {
      const [at, step] = [defined(places[2 * k], "address"), defined(places[2 * k + 1], "step")];
      return { ...operand, at, step };
    });
    const to = f.local("i32");
    f.for(f.local("i32"), 0, rows, 1, () => {
      f.scope(() => {
        f.set(to, y);
        const runs = streams.map(({ dtype, isRepeated, at }) => ({
          bytes: layout.lanes * bytesPerElement(dtype),
          form: formOf(layout, dtype),
          repeated: isRepeated ? f.let(elements[dtype].splat(at, 0)) : undefined,
          from: isRepeated ? undefined : f.let(at),
        }));
        f.for(f.local("i32"), 0, length, layout.lanes, () => {
          f.scope(() => {
            const values = runs.map(({ repeated, from, form }) =>
              from === undefined ? defined(repeated, "element") : f.let(form.load(f, from, 0)),
            );
            const value = laneOp(name).emit({ f, constants, math, layout }, values, type, result);
            formOf(layout, result).store(f, to, f.let(value), 0);
            for (const { from, bytes } of runs) if (from !== undefined) f.set(from, i32.add(from, bytes));
            f.set(to, i32.add(to, layout.lanes * bytesPerElement(result)));
          });
        });
      });
      f.set(y, i32.add(y, i32.mul(length, bytesPerElement(result))));
      for (const { at, step } of streams) f.set(at, i32.add(at, step));
    });
  });
}
