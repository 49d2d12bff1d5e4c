/** Vectorisation: a function of one example becomes a function of a batch, op by op. */
import {
  formatShape,
  type MaybeBatched,
  normalizeAxis,
  ShapeError,
  type Tensor,
  TraceError,
  trace,
} from "@tapegrad/core";
import { checkChoice, defined, functionOf, optionsOf, refusePromise } from "@tapegrad/core/internal";
import { moveAxis } from "@tapegrad/ops";
import { flatten, flattenArguments } from "../trees/flat-trees.ts";
import { cut } from "../trees/lists.ts";
import { type Axes, axesOf } from "./axes.ts";
import { interpretBatched, withBatchAxis } from "./batch.ts";

/** Options of `vmap`. */
export interface VmapOptions {
  /**
   * Which axis of the arguments is the batch: one number for all, or one per argument, null for an argument without. Of an
   * argument that is a tree, a tree like it may say it part by part. 0 by default.
   */
  readonly inAxes?: Axes | undefined;
  /** Where the batch axis goes in the results, likewise; null for a result that is the same for all entries. 0 by default. */
  readonly outAxes?: Axes | undefined;
  /** Whether batch entries draw the same random numbers; must be said when any are drawn. */
  readonly randomness?: "same" | "different" | undefined;
}

const vmapOptions = { inAxes: true, outAxes: true, randomness: true } as const;

/**
 * `f` over a batch axis, without a loop: arguments and results are trees of tensors that have the axis `inAxes` and
 * `outAxes`, 0 by default, more.
 * @throws ShapeError when the batch axes differ in length or there is none; TraceError when `f` assigns a batched value to a
 * Parameter; UnsupportedError when random numbers are drawn without `randomness`.
 * @pytorch torch.func.vmap
 * @example
 * import { grad, ones, tensor, vmap } from "tapegrad";
 * const dots = vmap((a, b) => a.mul(b).sum(), { inAxes: [0, null] });
 * console.log(dots(tensor([[1, 2], [3, 4]]), tensor([10, 1])));
 * // → Tensor(float32 [2]) [12, 34]
 * const perExample = vmap(grad((x) => x.square().sum())); // a gradient for each row
 * console.log(perExample(ones([3, 2])).shape); // → [ 3, 2 ]
 */
export function vmap<Arguments extends readonly unknown[] = Tensor[], R = unknown>(
  f: (...x: Arguments) => R,
  options: VmapOptions = {},
): (...x: Arguments) => R {
  const { inAxes = 0, outAxes = 0, randomness } = optionsOf("vmap", options, vmapOptions);
  const fn = functionOf("vmap", "function to vectorise", f, "vmap(f)(x)");
  checkChoice("vmap", "randomness", randomness, ["same", "different", undefined]);
  return (...x) => {
    const axes = axesOf("inAxes", inAxes, "arguments", x);
    const { tensors, rebuild } = flattenArguments(x);
    const inputs = tensors.map((tensor, i): MaybeBatched => {
      const axis = axes[i] ?? null;
      return axis === null
        ? { tensor, batched: false }
        : { tensor: moveAxis(tensor, normalizeAxis("vmap", axis, tensor.shape), 0), batched: true };
    });
    const size = batchSize(inputs);
    const elementTypes = inputs.map(({ tensor: { shape, dtype }, batched }) => ({
      shape: batched ? shape.slice(1) : shape,
      dtype,
    }));
    const { program, captures, result, assigned } = trace(
      (values) => refusePromise("vmap", fn(...rebuild(values))),
      elementTypes,
      "vmap",
    );
    const closed = [...inputs, ...captures.map((tensor) => ({ tensor, batched: false }))];
    const results = interpretBatched(program, closed, { size, randomness });
    const [returned, effects] = cut(results, results.length - assigned.length);
    for (const [i, parameter] of assigned.entries()) {
      const { tensor, batched } = defined(effects[i], "assigned value");
      if (batched)
        throw new TraceError("vmap", `${parameter.name} is assigned a batched value`, "return the value instead");
      parameter.assign(tensor);
    }
    const places = axesOf("outAxes", outAxes, "result", result);
    return flatten(result).rebuild(
      returned.map((value, i) => {
        const place = defined(places[i], "axis");
        if (place !== null) {
          const repeated = withBatchAxis(value, size);
          return moveAxis(repeated, 0, normalizeAxis("vmap", place, repeated.shape));
        }
        if (!value.batched) return value.tensor;
        throw new ShapeError(
          "vmap",
          "a result differs by batch entry, but outAxes says null",
          "say where its batch axis goes",
        );
      }),
    );
  };
}

function batchSize(inputs: readonly MaybeBatched[]): number {
  const batched = inputs.filter((input) => input.batched).map(({ tensor }) => tensor);
  const [first] = batched;
  const size = first?.shape[0];
  const other = batched.find(({ shape }) => shape[0] !== size);
  if (first === undefined || size === undefined)
    throw new ShapeError("vmap", "no argument has a batch axis", "give at least one an axis in inAxes");
  if (other !== undefined) {
    throw new ShapeError(
      "vmap",
      `batch axes differ in length: ${formatShape(first.shape)} and ${formatShape(other.shape)} (${size} ≠ ${other.shape[0]})`,
    );
  }
  return size;
}
