/** A derivative of one's own: the forward function keeps what it wants, the backward function takes a cotangent to cotangents. */
import {
  applyRegion,
  defined,
  formatShape,
  interpret,
  type Program,
  type RegionDefinition,
  ShapeError,
  sameShape,
  type Tensor,
  TraceError,
  trace,
  UnsupportedError,
} from "@tapegrad/core";
import { add, mul, onesLike, sum, zerosLike } from "@tapegrad/ops";
import { type Flat, flattenAll, freshResults } from "./leaves.ts";
import { at, cut, indices, present, replaced } from "./lists.ts";
import { jvp, recordAliased } from "./transforms.ts";

/** Cotangents of the arguments, from the residuals and the cotangents of the value. */
type ListBackward = (residuals: readonly Tensor[], g: readonly Tensor[]) => readonly Tensor[];

interface CustomVjpAttributes {
  /** Inputs: arguments, captures. Outputs: the value, then the residuals. */
  readonly body: Program;
  readonly values: number;
  readonly arguments: number;
  readonly backward: ListBackward;
}

const customVjpOp: RegionDefinition<CustomVjpAttributes> = {
  name: "customVjp",
  types: (_, { body }) => body.outputs,
  run: (inputs, { body }) => freshResults(body, inputs),

  // The value's rule is linear in g: its transpose is its derivative with respect to g. Residuals follow the body itself.
  forward: (tangents, { inputs, outputs, attributes }) => {
    const { body, values: count, backward } = attributes;
    checkArgumentsOnly(present(tangents), attributes);
    const [values, residuals] = cut(outputs, count);
    const moving = present(tangents);
    const { result, pullback } = recordAliased((g: readonly Tensor[]) => {
      const bars = at(backward(residuals, g), moving);
      return bars.map((bar, i) => sum(mul(bar, at(tangents, moving)[i] ?? 0))).reduce(add);
    }, values.map(zerosLike));
    const keep = (...x: Tensor[]) => interpret(body, replaced(inputs, moving, x)).slice(count);
    const kept = jvp(keep, at(inputs, moving), at(tangents, moving)).tangent;
    return [...pullback([result], [onesLike(result)]), ...kept];
  },

  reverse: (cotangents, { inputs, outputs, attributes }, wanted) => {
    const { body, values: count, backward } = attributes;
    const sources = indices(wanted, Boolean);
    checkArgumentsOnly(sources, attributes);
    const [values, residuals] = cut(outputs, count);
    const [g, residualBars] = cut(cotangents, count);
    const bars = backward(
      residuals,
      values.map((value, i) => g[i] ?? zerosLike(value)),
    );
    for (const [i, bar] of bars.entries()) checkCotangent(bar, defined(inputs[i], "argument"), i);
    const targets = present(residualBars);
    if (targets.length === 0) return bars;
    const keep = (x: readonly Tensor[]) => interpret(body, replaced(inputs, sources, x)).slice(count);
    const { result, pullback } = recordAliased(keep, at(inputs, sources));
    const throughResiduals = pullback(at(result, targets), at(residualBars, targets));
    const summed = sources.map((i, k) => add(defined(bars[i], "cotangent"), defined(throughResiduals[k], "cotangent")));
    return replaced(bars, sources, summed);
  },

  batch: () => {
    throw new UnsupportedError(
      "vmap",
      "a customVjp inside has no batching rule",
      "apply vmap to the parts, or write the rule with ops",
    );
  },
};

export interface CustomVjpRule<Arguments extends readonly unknown[], Value, Residual> {
  /** The value, and a tree of tensors that `backward` will want. */
  readonly forward: (...x: Arguments) => readonly [value: Value, residual: Residual];
  /** One cotangent per argument, each a tree like it, from the residual and a cotangent like the value. */
  readonly backward: (residual: Residual, g: Value) => Arguments;
}

/**
 * A function with a derivative rule of its own, itself differentiable in both modes and to any order as far as its ops are.
 * Arguments, value and residual are trees of tensors.
 * @throws TraceError when a derivative is asked for with respect to a tensor that `forward` closes over.
 */
export function customVjp<Arguments extends readonly unknown[], Value, Residual>({
  forward,
  backward,
}: CustomVjpRule<Arguments, Value, Residual>): (...x: Arguments) => Value {
  return (...x) => {
    const given = flattenAll("customVjp", x);
    let value: Flat<Value> | undefined;
    let residual: Flat<Residual> | undefined;
    const { program: body, captures } = trace(
      (inputs) => {
        const [result, kept] = forward(...given.rebuild(inputs));
        value = flattenAll("customVjp", result);
        residual = flattenAll("customVjp", kept);
        return [...value.tensors, ...residual.tensors];
      },
      given.tensors.map(({ variable }) => variable),
    );
    const [flatValue, flatResidual] = [defined(value, "value"), defined(residual, "residual")];
    const listBackward: ListBackward = (residuals, g) => {
      const bars = flattenAll("customVjp", backward(flatResidual.rebuild(residuals), flatValue.rebuild(g))).tensors;
      if (bars.length !== given.tensors.length) {
        throw new ShapeError(
          "customVjp",
          `backward returned ${bars.length} cotangents for ${given.tensors.length} arguments`,
        );
      }
      return bars;
    };
    const attributes = {
      body,
      values: flatValue.tensors.length,
      arguments: given.tensors.length,
      backward: listBackward,
    };
    return flatValue.rebuild(applyRegion(customVjpOp, [...given.tensors, ...captures], attributes));
  };
}

function checkArgumentsOnly(connected: readonly number[], { body, arguments: count }: CustomVjpAttributes): void {
  const outside = connected.find((i) => i >= count);
  if (outside === undefined) return;
  const { dtype, shape } = defined(body.inputs[outside], "capture");
  throw new TraceError(
    "customVjp",
    `forward closes over a tensor that is differentiated: ${dtype} ${formatShape(shape)}`,
    "pass it as an argument, or through stopGradient",
  );
}

function checkCotangent(bar: Tensor, argument: Tensor, index: number): void {
  if (!sameShape(bar.shape, argument.shape)) {
    throw new ShapeError(
      "customVjp",
      `the cotangent of argument ${index} has another shape: ${formatShape(bar.shape)} for ${formatShape(argument.shape)}`,
    );
  }
}
