/**
 * `customVjp`: a function with a derivative of the user's own. The forward function returns residuals; the backward function
 * maps residuals and cotangents to cotangents.
 */
import {
  applyRegion,
  formatShape,
  interpret,
  isFloat,
  type MapTree,
  Program,
  type RegionDefinition,
  ShapeError,
  sameShape,
  type Tensor,
  TraceError,
  trace,
} from "@tapegrad/core";
import {
  commit,
  defined,
  describeValue,
  freshVariable,
  functionOf,
  isScoped,
  isTracing,
  optionsOf,
  refusePromise,
} from "@tapegrad/core/internal";
import { add, cast, mul, onesLike, sum, zerosLike } from "@tapegrad/ops";
import { isDifferentiable } from "../tape/node.ts";
import { alongTangents, recordAliased } from "../transforms/transforms.ts";
import { type Flat, flattenAll, flattenLike, freshResults } from "../trees/flat-trees.ts";
import { at, cut, indices, isPair, present, replaced, scattered } from "../trees/lists.ts";
import type { Source } from "../trees/sources.ts";
import { batchedResults, interpretMarked, marked } from "../vmap/batch.ts";
import { vmap } from "../vmap/vmap.ts";
import { type ListBackward, recordRule } from "./recorded-rule.ts";

interface CustomVjpAttributes {
  /** Inputs: arguments, captures, then what `backward` captured, which the body does not read. Outputs: the value, the residuals, then new values of Parameters, which count as residuals. */
  readonly body: Program;
  readonly values: number;
  readonly arguments: number;
  /** How many of the inputs, at the end, `backward` captured. */
  readonly ruleCaptures: number;
  readonly backward: ListBackward;
}

const customVjpOp: RegionDefinition<CustomVjpAttributes> = {
  name: "customVjp",
  types: (_, { body }) => body.outputs,
  run: (inputs, { body }) => freshResults(body, inputs),

  // The value's rule is linear in g: its transpose is its derivative with respect to g. Residuals follow the body itself.
  forward: (tangents, { inputs, outputs, attributes }) => {
    const { body, values: count, backward } = attributes;
    const moving = argumentsOf(attributes, present(tangents));
    if (moving.length === 0) return [];
    const [values, residuals] = cut(outputs, count);
    const floats = indices(values, ({ dtype }) => isFloat(dtype));
    const still = values.map(zerosLike);
    const { result, pullback } = recordAliased(
      (g: readonly Tensor[]) => {
        const bars = at(backward(residuals, replaced(still, floats, g), ruleCapturesOf(inputs, attributes)), moving);
        return bars.map((bar, i) => sum(mul(bar, at(tangents, moving)[i] ?? 0))).reduce(add);
      },
      at(still, floats),
    );
    const keep = (...x: Tensor[]) => interpret(body, replaced(inputs, moving, x)).slice(count);
    const kept = alongTangents(keep, at(inputs, moving), at(tangents, moving)).tangent;
    return [...scattered(count, floats, pullback([result], [onesLike(result)])), ...kept];
  },

  reverse: (cotangents, { inputs, outputs, attributes }, wanted) => {
    const { body, values: count, backward } = attributes;
    const sources = argumentsOf(attributes, indices(wanted, Boolean));
    const [values, residuals] = cut(outputs, count);
    const [g, residualBars] = cut(cotangents, count);
    const bars = backward(
      residuals,
      values.map((value, i) => g[i] ?? zerosLike(value)),
      ruleCapturesOf(inputs, attributes),
    );
    const targets = present(residualBars);
    if (targets.length === 0) return bars;
    const keep = (x: readonly Tensor[]) => interpret(body, replaced(inputs, sources, x)).slice(count);
    const { result, pullback } = recordAliased(keep, at(inputs, sources));
    const throughResiduals = pullback(at(result, targets), at(residualBars, targets));
    const summed = sources.map((i, k) => add(defined(bars[i], "cotangent"), defined(throughResiduals[k], "cotangent")));
    return replaced(bars, sources, summed);
  },

  // Body and backward each over the batch axis; an argument without it gets the sum of its entries' cotangents.
  batch: (inputs, attributes, context) => {
    const { body, values, backward } = attributes;
    const { batched, randomness } = context;
    const needed = batchedResults(body, batched, context);
    const results = needed.map((flag, i) => flag || i < values);
    const { program } = trace(
      (operands) => interpretMarked(body, marked(operands, batched), results, context),
      inputs.map(({ variable }) => variable),
    );
    const options = {
      inAxes: [...results.slice(values), ...results.slice(0, values), ...ruleCapturesOf(batched, attributes)].map(
        (flag) => (flag ? 0 : null),
      ),
    };
    const over: ListBackward = (residuals, g, captures) => {
      const entry = (...tensors: Tensor[]) => {
        const [kept, rest] = cut(tensors, residuals.length);
        return [...backward(kept, ...cut(rest, g.length))];
      };
      const operands = [...residuals, ...g, ...captures];
      const bars = vmap(entry, randomness === undefined ? options : { ...options, randomness })(...operands);
      return bars.map((bar, i) => (batched[i] === true ? bar : sum(bar, { axis: 0 })));
    };
    return marked(applyRegion(customVjpOp, inputs, { ...attributes, body: program, backward: over }), results);
  },
};

/** Of anything listed by input, the part of what `backward` captured. */
function ruleCapturesOf<T>(list: readonly T[], { ruleCaptures }: CustomVjpAttributes): T[] {
  return list.slice(list.length - ruleCaptures);
}

/** One per argument. Spelled with a spread, so that TypeScript takes a list for a tuple. */
type Cotangents<Arguments extends readonly unknown[]> = readonly [
  ...{ [K in keyof Arguments]: MapTree<Arguments[K], Source | number, Tensor | number> },
];

/** A function and its derivative, as `customVjp` takes them. */
export interface CustomVjpRule<Arguments extends readonly unknown[], Value, Residual> {
  /** The value, and a tree of tensors that `backward` will want. */
  readonly forward: (...x: Arguments) => readonly [value: Value, residual: Residual];
  /** One cotangent per argument, each a tree like it, from the residual and a cotangent like the value. */
  readonly backward: (residual: Residual, g: Value) => Cotangents<Arguments>;
}

/**
 * A function with a derivative rule of its own, itself differentiable in both modes and to any order as far as its ops are.
 * Arguments, value and residual are trees of tensors.
 * @throws TraceError when a derivative is asked for with respect to a tensor that `forward` closes over.
 * @pytorch torch.autograd.Function
 * @example
 * import { customVjp, grad, tensor } from "tapegrad";
 * const straightThrough = customVjp({
 *   forward: (x) => [x.sign(), x], // value, and what backward needs
 *   backward: (x, g) => [g.mul(x.abs().lessEqual(1))],
 * });
 * console.log(grad((x) => straightThrough(x).sum())(tensor([0.3, -2]))); // → Tensor(float32 [2]) [1, 0]
 */
export function customVjp<Arguments extends readonly unknown[] = Tensor[], Value = unknown, Residual = unknown>(
  rule: CustomVjpRule<Arguments, Value, Residual>,
): (...x: Arguments) => Value {
  const both = optionsOf("customVjp", rule, { forward: true, backward: true });
  const forward = functionOf("customVjp", "forward", both.forward, "customVjp({ forward, backward })");
  const backward = functionOf("customVjp", "backward", both.backward, "customVjp({ forward, backward })");
  return (...x) => {
    const given = flattenAll("customVjp", "arguments", x);
    let value: Flat<Value> | undefined;
    let residual: Flat<Residual> | undefined;
    const {
      program: body,
      captures,
      assigned,
    } = trace(
      (inputs) => {
        const pair: unknown = refusePromise("customVjp", forward(...given.rebuild(inputs)));
        if (!isPair<Value, Residual>(pair))
          throw new TraceError(
            "customVjp",
            `forward returned no pair: ${describeValue(pair)}`,
            "return [value, residual]",
          );
        const [result, kept] = pair;
        value = flattenAll("customVjp", "value", result);
        residual = flattenAll("customVjp", "residual", kept);
        return [...value.tensors, ...residual.tensors];
      },
      given.tensors.map(({ variable }) => variable),
    );
    const [flatValue, flatResidual] = [defined(value, "value"), defined(residual, "residual")];
    const listBackward: ListBackward = (residuals, g) => {
      const bars = refusePromise("customVjp", backward(flatResidual.rebuild(residuals), flatValue.rebuild(g)));
      return flattenLike("customVjp", "cotangents", x, bars).map((bar, i) =>
        checkCotangent(bar, defined(given.tensors[i], "argument"), i),
      );
    };
    const recorded =
      isTracing() || isScoped()
        ? recordRule(listBackward, flatResidual.tensors, flatValue.tensors)
        : { backward: listBackward, captures: [] };
    const unread = recorded.captures.map(freshVariable);
    const attributes = {
      body: new Program([...body.inputs, ...unread], body.nodes, body.outputs),
      values: flatValue.tensors.length,
      arguments: given.tensors.length,
      ruleCaptures: recorded.captures.length,
      backward: recorded.backward,
    };
    const outputs = applyRegion(customVjpOp, [...given.tensors, ...captures, ...recorded.captures], attributes);
    const effects = outputs.slice(flatValue.tensors.length + flatResidual.tensors.length);
    commit(assigned, effects);
    return flatValue.rebuild(outputs);
  };
}

/** Those of `inputs` that are arguments. @throws TraceError when another one, a capture, could pass on a derivative. */
function argumentsOf({ body, arguments: count }: CustomVjpAttributes, inputs: readonly number[]): number[] {
  const outside = inputs.find((i) => i >= count && passesOn(body, i));
  if (outside !== undefined) {
    const { dtype, shape } = defined(body.inputs[outside], "capture");
    throw new TraceError(
      "customVjp",
      `forward closes over a tensor that is differentiated: ${dtype} ${formatShape(shape)}`,
      "pass it as an argument, or through stopGradient",
    );
  }
  return inputs.filter((i) => i < count);
}

/** Whether a derivative can pass from input `index` to any result. */
function passesOn({ inputs, nodes, outputs }: Program, index: number): boolean {
  const reached = new Set([inputs[index]?.id]);
  for (const node of nodes) {
    if (node.stop || !isDifferentiable(node) || !node.inputs.some(({ id }) => reached.has(id))) continue;
    for (const { id, dtype } of node.outputs) if (isFloat(dtype)) reached.add(id);
  }
  return outputs.some(({ id }) => reached.has(id));
}

/** `bar` in the dtype of the argument that it belongs to. @throws ShapeError when it has another shape. */
function checkCotangent(bar: Tensor, argument: Tensor, index: number): Tensor {
  if (!sameShape(bar.shape, argument.shape)) {
    throw new ShapeError(
      "customVjp",
      `the cotangent of argument ${index} has another shape: ${formatShape(bar.shape)} for ${formatShape(argument.shape)}`,
    );
  }
  return isFloat(argument.dtype) ? cast(bar, argument.dtype) : bar;
}
