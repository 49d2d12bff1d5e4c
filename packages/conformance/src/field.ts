/**
 * A function of trees seen as a map from float tensors to float tensors, the form in which derivatives are checked: every
 * float leaf in double precision, integers and bools held fixed.
 */
import { expandModules } from "@tapegrad/autodiff/internal";
import {
  currentBackend,
  isFloat,
  type Parameter,
  type Shape,
  TapegradError,
  Tensor,
  trace,
  treeLeaves,
  treeMap,
  withParameters,
} from "@tapegrad/core";
import { defined, fromHost, isParameter } from "@tapegrad/core/internal";
import { withDefaultDType } from "./default-dtype.ts";
import { interpretDouble } from "./double-precision.ts";

export type Field = (x: readonly Tensor[]) => Tensor[];
/** The data of some tensors, one array each. */
export type Point = readonly Float64Array[];

export interface VariedLeaf {
  /** For messages: a Parameter's own name, or where the leaf is among the inputs. */
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float64Array;
}

/**
 * With `whole`, `f` is recorded as it is and then computed in float64, what it closes over included; else float64 values are
 * passed to it, and it computes in the dtypes that it makes of them.
 * @throws TapegradError when no input has a float leaf, or `f` returns none.
 */
export function fieldOf(
  f: (...inputs: never[]) => unknown,
  inputs: readonly unknown[],
  whole: boolean,
): { field: Field; leaves: VariedLeaf[] } {
  const varied = treeLeaves(expandModules(inputs)).filter(isVaried);
  const parameters = varied.filter((leaf) => isParameter(leaf));
  const run: Field = (x) => {
    const bound = varied.flatMap((leaf, i) => (isParameter(leaf) ? [[leaf, defined(x[i], "value")] as const] : []));
    let next = 0;
    const given = treeMap<readonly never[]>((leaf: unknown) => {
      const count = treeLeaves(expandModules(leaf)).filter(isVaried).length;
      next += count;
      return leaf instanceof Tensor && count === 1 ? x[next - 1] : leaf;
    }, inputs);
    const result = withParameters(
      bound.map(([parameter]) => parameter),
      bound.map(([, value]) => value),
      () => f(...given),
    );
    const floats = treeLeaves(result).filter((leaf) => leaf instanceof Tensor);
    return floats.filter((leaf) => isFloat(leaf.dtype));
  };
  const inDouble: Field = (x) => withDefaultDType("float64", () => run(x));
  const leaves = inputs.flatMap((input, position) => {
    const all = treeLeaves(expandModules(input));
    return all.flatMap((leaf, at) => {
      if (!isVaried(leaf)) return [];
      const place = all.length === 1 ? `input ${position}` : `leaf ${at} of input ${position}`;
      const name = isParameter(leaf) ? `${leaf.name} (${place})` : place;
      return [{ name, shape: leaf.shape, data: Float64Array.from(leaf.dataSync()) }];
    });
  });
  if (new Set(parameters).size !== parameters.length)
    throw new TapegradError("gradcheck", "a Parameter is passed twice", "pass each once");
  if (leaves.length === 0)
    throw new TapegradError("gradcheck", "no input is a float tensor", "pass the tensors that f depends on");
  if (!whole) return { field: inDouble, leaves };
  const { program, captures } = trace(
    run,
    varied.map(({ shape, dtype }) => ({ shape, dtype })),
    "gradcheck",
  );
  return { field: (x) => interpretDouble(program, [...x, ...captures]), leaves };
}

/** Double-precision tensors of `shapes` on the current backend. */
export function tensorsAt(point: Point, shapes: readonly Shape[]): Tensor[] {
  return point.map((data, i) => fromHost(data, defined(shapes[i], "shape"), "float64", currentBackend()));
}

/** Any of these in double precision. */
export function pointOf(tensors: readonly Tensor[]): Float64Array[] {
  return tensors.map((value) => Float64Array.from(value.dataSync()));
}

function isVaried(leaf: unknown): leaf is Tensor | Parameter {
  return (leaf instanceof Tensor || isParameter(leaf)) && isFloat(leaf.dtype);
}
