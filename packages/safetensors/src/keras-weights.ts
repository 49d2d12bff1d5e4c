/**
 * One layer's weights in Keras' layout and in ours, by the names that they have inside the layer. Kernels are transposed:
 * Keras computes x·W, we x·Wᵀ. Source: the `call` methods of keras/src/layers (Keras 3).
 */
import { FormatError, formatShape, type Shape, ShapeError, sameShape } from "@tapegrad/core";
import { type Entry, quote } from "./entry.ts";
import { reordered, rowOf, stacked, summed, transposed, zerosLike } from "./rearrange.ts";

/** The weights of one layer, found under names that messages can show. */
export class LayerWeights {
  readonly #op: string;
  readonly #where: string;
  readonly #found: ReadonlyMap<string, Entry>;

  constructor(op: string, where: string, found: ReadonlyMap<string, Entry>) {
    this.#op = op;
    this.#where = where;
    this.#found = found;
  }

  optional(name: string, shapeOf: (given: Shape) => Shape): Entry | undefined {
    const entry = this.#found.get(name);
    if (entry === undefined) return undefined;
    const expected = shapeOf(entry.shape);
    if (!sameShape(entry.shape, expected)) {
      throw new ShapeError(
        this.#op,
        `${name} of ${quote(this.#where)} has another shape: ${formatShape(entry.shape)} for ${formatShape(expected)}`,
        "check the layer's kind, and resetAfter of a GRU",
      );
    }
    return entry;
  }

  required(name: string, shapeOf: (given: Shape) => Shape): Entry {
    const entry = this.optional(name, shapeOf);
    if (entry !== undefined) return entry;
    const found = [...this.#found.keys()].map(quote).join(", ") || "nothing";
    throw new FormatError(this.#op, `${quote(this.#where)} has no ${name}: found ${found}`, "check the layer's path");
  }
}

/** How the weights of one kind of layer are turned into each other. */
export interface Conversion {
  /** Names in our layer; those in Keras' layer. */
  readonly ours: readonly string[];
  readonly keras: readonly string[];
  fromKeras(weights: LayerWeights): ReadonlyMap<string, Entry>;
  toKeras(weights: LayerWeights): ReadonlyMap<string, Entry>;
}

const vector = ([length = 0]: Shape): Shape => [length];
const matrix = ([rows = 0, columns = 0]: Shape): Shape => [rows, columns];

/** Dense: `kernel` [in, out]; Linear: `weight` [out, in]. */
export const dense: Conversion = {
  ours: ["weight", "bias"],
  keras: ["kernel", "bias"],
  fromKeras(weights) {
    const kernel = weights.required("kernel", matrix);
    return present({
      weight: transposed(kernel),
      bias: weights.optional("bias", () => kernel.shape.slice(1)),
    });
  },
  toKeras(weights) {
    const weight = weights.required("weight", matrix);
    return present({
      kernel: transposed(weight),
      bias: weights.optional("bias", () => weight.shape.slice(0, 1)),
    });
  },
};

export const embedding = renaming({ embeddings: ["weight", matrix] });
export const layerNormalization = renaming({ gamma: ["weight", vector], beta: ["bias", vector] });

/** The same values under another name; all but the first may be missing on both sides. */
function renaming(
  names: Readonly<Record<string, readonly [ours: string, shapeOf: (given: Shape) => Shape]>>,
): Conversion {
  const pairs = Object.entries(names);
  const read = (weights: LayerWeights, name: string, shapeOf: (given: Shape) => Shape, index: number) =>
    index === 0 ? weights.required(name, shapeOf) : weights.optional(name, shapeOf);
  return {
    ours: pairs.map(([, [own]]) => own),
    keras: pairs.map(([keras]) => keras),
    fromKeras: (weights) =>
      present(Object.fromEntries(pairs.map(([keras, [own, shapeOf]], i) => [own, read(weights, keras, shapeOf, i)]))),
    toKeras: (weights) =>
      present(Object.fromEntries(pairs.map(([keras, [own, shapeOf]], i) => [keras, read(weights, own, shapeOf, i)]))),
  };
}

/**
 * One direction of a recurrent layer. `order` says which of the other's gates each gate is; it is its own inverse. Keras has
 * one bias for input and state together, [gates·hidden], or with `twoBiases` a row for each, [2, gates·hidden].
 */
function recurrent(order: readonly number[], twoBiases = false): Conversion {
  const gates = order.length;
  return {
    ours: ["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
    keras: ["kernel", "recurrent_kernel", "bias"],
    fromKeras(weights) {
      const state = weights.required("recurrent_kernel", ([hidden = 0]) => [hidden, gates * hidden]);
      const [, width = 0] = state.shape;
      const input = weights.required("kernel", ([size = 0]) => [size, width]);
      const bias = weights.optional("bias", () => (twoBiases ? [2, width] : [width]));
      const inputBias = twoBiases && bias !== undefined ? rowOf(bias, 0) : bias;
      const stateBias = twoBiases && bias !== undefined ? rowOf(bias, 1) : bias && zerosLike(bias);
      return present({
        weight_ih: reordered(transposed(input), order),
        weight_hh: reordered(transposed(state), order),
        bias_ih: inputBias && reordered(inputBias, order),
        bias_hh: stateBias && reordered(stateBias, order),
      });
    },
    toKeras(weights) {
      const state = weights.required("weight_hh", ([, hidden = 0]) => [gates * hidden, hidden]);
      const [width = 0] = state.shape;
      const input = weights.required("weight_ih", ([, size = 0]) => [width, size]);
      const inputBias = weights.optional("bias_ih", () => [width]);
      const stateBias = inputBias && weights.required("bias_hh", () => [width]);
      const join = twoBiases ? stacked : summed;
      return present({
        kernel: transposed(reordered(input, order)),
        recurrent_kernel: transposed(reordered(state, order)),
        bias: inputBias && stateBias && join(reordered(inputBias, order), reordered(stateBias, order)),
      });
    },
  };
}

export const simpleRNN = recurrent([0]);
/** Keras: i f c o; ours: i f g o, where c and g name the same candidate. */
export const lstm = recurrent([0, 1, 2, 3]);
/** Keras: z r h; ours: r z n. */
export const gru = recurrent([1, 0, 2]);
/** With `reset_after`, the state's part of h has a bias inside the product with r, so that the two do not add up. */
export const gruResetAfter = recurrent([1, 0, 2], true);

function present(entries: Readonly<Record<string, Entry | undefined>>): ReadonlyMap<string, Entry> {
  return new Map(Object.entries(entries).flatMap(([name, entry]) => (entry === undefined ? [] : [[name, entry]])));
}
