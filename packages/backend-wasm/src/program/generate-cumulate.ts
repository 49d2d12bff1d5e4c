/** Running sums along an axis of a view: vectors of columns where columns lie side by side, else one element after the other. */

import { type CumulateStep, mergedAxes } from "@tapegrad/compiler";
import { bytesPerElement, type DType, isFloat } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { type FunctionBuilder, f64, i32, i32x4, type Local, type ModuleBuilder, v128 } from "../assembler/index.ts";
import { totalOf } from "./accumulation.ts";
import { Accumulator, storeLane } from "./accumulator.ts";
import { floatElements, laneFloatOf } from "./elements.ts";
import { layoutText, nest, parameter, type StepFunction, without } from "./loop-nest.ts";

/** The function's parameters: target, source. */
export function cumulateFunction({ from, to, axis }: CumulateStep): StepFunction {
  const bytes = bytesPerElement(to.dtype);
  const length = from.shape[axis] ?? 1;
  const along = { source: (from.strides[axis] ?? 0) * bytes, target: (to.strides[axis] ?? 0) * bytes };
  const { lengths, strides } = mergedAxes(
    without(from.shape, axis),
    [to, from].map((value) => without(value.strides, axis)),
  );
  const last = lengths.length - 1;
  const width = defined(lengths[last], "length");
  const isAcross = width > 1 && strides.every((list) => list[last] === 1);
  const outer = isAcross ? lengths.slice(0, last) : lengths;
  return {
    text: `cumulate ${layoutText(from)} to [${to.strides}] along ${axis}`,
    values: [to, from],
    emit: (module: ModuleBuilder) =>
      module.function("cumulate", ["i32", "i32"], "none", (f, parameters) => {
        const walkers = strides.map((list, i) => ({
          pointer: parameter(parameters, i),
          strides: list.map((stride) => stride * bytes),
        }));
        const [target, source] = [parameter(parameters, 0), parameter(parameters, 1)];
        const run: Run = { f, dtype: to.dtype, target, source, length, along };
        nest(f, outer, walkers, () => {
          if (isAcross) acrossRows(run, width);
          else alongRow(run);
        });
      }),
  };
}

interface Run {
  readonly f: FunctionBuilder;
  readonly dtype: DType;
  readonly target: Local<"i32">;
  readonly source: Local<"i32">;
  readonly length: number;
  /** Bytes from one element to the next. */
  readonly along: { readonly source: number; readonly target: number };
}

/** `body` for each element, at pointers that start at the given ones. */
function forEach(
  { f, target, source, length, along }: Run,
  body: (to: Local<"i32">, from: Local<"i32">) => void,
): void {
  const [i, to, from] = [f.local("i32"), f.let(target), f.let(source)];
  f.for(i, 0, length, 1, () => {
    body(to, from);
    f.set(to, i32.add(to, along.target));
    f.set(from, i32.add(from, along.source));
  });
}

/** Float totals are kept in double precision and rounded where they are stored. */
function alongRow(run: Run): void {
  const { f, dtype } = run;
  f.scope(() => {
    const total = isFloat(dtype) ? f.let(f64.constant(0)) : f.let(i32.constant(0));
    forEach(run, (to, from) => {
      if (total.type === "f64") {
        const { loadDouble, storeDouble } = floatElements[laneFloatOf(dtype)];
        f.set(total, f64.add(total, loadDouble(from)));
        f.do(storeDouble(to, total));
      } else {
        f.set(total, i32.add(total, i32.load(from)));
        f.do(i32.store(to, total));
      }
    });
  });
}

/** So many vectors of columns at a time are a cache line. */
const columnVectors = 4;

function acrossRows(run: Run, width: number): void {
  const { f, dtype } = run;
  const accumulation = totalOf(dtype);
  const { lanes } = accumulation;
  const bytes = bytesPerElement(dtype);
  f.scope(() => {
    const j = f.local("i32");
    const accumulators = Array.from({ length: columnVectors }, () => new Accumulator(f, accumulation, 0));
    const columns = (start: number, stop: number, count: number) => {
      const used = accumulators.slice(0, Math.ceil(count / lanes));
      f.for(j, start, stop, count, () => {
        f.scope(() => {
          for (const accumulator of used) accumulator.reset();
          const target = f.let(i32.add(run.target, i32.shl(j, Math.log2(bytes))));
          const source = f.let(i32.add(run.source, i32.shl(j, Math.log2(bytes))));
          forEach({ ...run, target, source }, (to, from) => {
            for (const [k, accumulator] of used.entries()) {
              accumulator.add(v128.load(from, 16 * k), i32x4.splat(0));
              f.scope(() => {
                const all = f.let(accumulator.all);
                if (count >= lanes) f.do(v128.store(to, all, 16 * k));
                else for (let lane = 0; lane < count; lane++) f.do(storeLane(bytes, to, all, lane, bytes * lane));
              });
            }
          });
        });
      });
    };
    const lines = width - (width % (lanes * columnVectors));
    const whole = width - (width % lanes);
    columns(0, lines, lanes * columnVectors);
    columns(lines, whole, lanes);
    columns(whole, width, width - whole);
  });
}
