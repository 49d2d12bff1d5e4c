/** Attention of a query over a memory, for any encoder and decoder. */
import { formatShape, ShapeError, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkCount, optionsOf } from "@tapegrad/core/internal";
import { add, arange, div, expandDims, less, matmul, reshape, softmax, squeeze, tanh, where } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { type GeneratorOptions, generatorOptions, generatorOr } from "../initialization/initialization.ts";
import { affine, Linear } from "../layers/linear.ts";
import { Module } from "../module.ts";
import { checkedLengths, type Lengths } from "../recurrent/padding-and-resets.ts";

/** Options of an attention's `forward`. */
export interface AttentionInputs {
  /**
   * How much of each memory is there, int32 [batch] or a list of numbers. The rest is padding, which may hold anything, NaN as
   * well. All by default.
   */
  readonly lengths?: Lengths | undefined;
}

const attentionInputs = { lengths: true } as const;

/** context [batch, m] and weights [batch, time], or with steps in the query [batch, steps, m] and [batch, steps, time]. */
export interface Attended {
  /** The memory, averaged with the weights. */
  readonly context: Tensor;
  /** They add up to 1, and are 0 in the padding; where the length is 0 all are 0. */
  readonly weights: Tensor;
}

/**
 * What the kinds of attention have in common: weights = softmax of the scores over the memory's time, context = Σ weight ·
 * memory. query [batch, q] or [batch, steps, q], memory [batch, time, m]; padding by `lengths` has weight 0.
 * @throws ShapeError, DTypeError when query, memory or lengths do not fit.
 * @example
 * import { Attention, DotProductAttention, ones } from "tapegrad";
 * const attention: Attention = new DotProductAttention();
 * const { context, weights } = attention.forward(ones([2, 4]), ones([2, 3, 4]), { lengths: [3, 2] });
 * console.log(context.shape, weights);
 * // → [ 2, 4 ] Tensor(float32 [2,3])
 * // → [[0.333333, 0.333333, 0.333333],
 * // →  [     0.5,      0.5,        0]]
 */
export abstract class Attention extends Module {
  /**
   * A query [batch, q] or [batch, steps, q], and keys that are the memory [batch, time, m].
   * @throws ShapeError, DTypeError when they or the lengths do not fit.
   */
  forward(given: Tensor, keys: Tensor, options: AttentionInputs = {}): Attended {
    const op = this.constructor.name;
    const { lengths } = optionsOf(op, options, attentionInputs);
    const [query, memory] = [tensorOf(op, "query", given), tensorOf(op, "memory", keys)];
    if (query.rank === 2) {
      const { context, weights } = this.forward(expandDims(query, { axis: 1 }), memory, options);
      return { context: squeeze(context, { axis: 1 }), weights: squeeze(weights, { axis: 1 }) };
    }
    this.#check(query, memory);
    if (lengths === undefined) {
      const weights = softmax(this.scores(query, memory));
      return { context: matmul(weights, memory), weights };
    }
    const [batch = 0, time = 0] = memory.shape;
    const counts = checkedLengths(op, lengths, time, batch);
    const valid = less(arange(0, time, 1, { dtype: "int32", like: memory }), reshape(counts, [batch, 1, 1]));
    // Selected at both ends: what padding holds must reach neither the scores nor, by way of 0·NaN, any gradient.
    const held = where(reshape(valid, [batch, time, 1]), memory, 0);
    const scores = where(valid, this.scores(query, held), lowest);
    const weights = where(valid, softmax(scores), 0);
    return { context: matmul(weights, held), weights };
  }

  /** How well query [batch, steps, q] and memory [batch, time, m] match, [batch, steps, time]. */
  protected abstract scores(query: Tensor, memory: Tensor): Tensor;

  #check(query: Tensor, memory: Tensor): void {
    const op = this.constructor.name;
    if (query.rank !== 3 || memory.rank !== 3 || query.shape[0] !== memory.shape[0]) {
      throw new ShapeError(
        op,
        `query and memory do not fit: ${formatShape(query.shape)} and ${formatShape(memory.shape)}`,
        "give [batch, query] or [batch, steps, query], and [batch, time, memory]",
      );
    }
  }
}

/** Finite, so that the softmax of padding alone is not NaN; its exponential is 0 beside any score. */
const lowest = -1e30;

/**
 * score = vᵀ·tanh(W_q·query + W_m·memory + b) (Bahdanau, Cho and Bengio, 2015).
 * @throws ShapeError, DTypeError when query, memory or lengths do not fit.
 * @example
 * import { AdditiveAttention, ones } from "tapegrad";
 * const attention = new AdditiveAttention(8, 16, 32); // sizes of query, memory and the layer between
 * console.log(attention.forward(ones([2, 8]), ones([2, 5, 16])).context.shape); // → [ 2, 16 ]
 */
export class AdditiveAttention extends Attention {
  /** W_q, from the query to the layer between. */
  readonly query: Linear;
  /** W_m and b, from the memory to the layer between. */
  readonly memory: Linear;
  /** vᵀ, from the layer between to a score. */
  readonly energy: Linear;

  /** Sizes of query, memory and the layer between them. */
  constructor(query: number, memory: number, hidden: number, options: GeneratorOptions = {}) {
    super();
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    for (const size of [query, memory, hidden]) checkCount(new.target.name, "size", size, 1);
    const random = generatorOr(generator);
    this.query = new Linear(query, hidden, { bias: false, generator: random });
    this.memory = new Linear(memory, hidden, { generator: random });
    this.energy = new Linear(hidden, 1, { bias: false, generator: random });
  }

  protected scores(query: Tensor, memory: Tensor): Tensor {
    const op = this.constructor.name;
    const queries = expandDims(affine(op, query, this.query.weight, undefined), { axis: 2 });
    const keys = expandDims(affine(op, memory, this.memory.weight, this.memory.bias), { axis: 1 });
    return squeeze(this.energy.forward(tanh(add(queries, keys))), { axis: -1 });
  }
}

/** Options of `new DotProductAttention`. */
export interface DotProductAttentionOptions {
  /** Divides scores by √size (Vaswani et al., 2017); false by default (Luong, Pham and Manning, 2015). */
  readonly scaled?: boolean | undefined;
}

const dotProductAttentionOptions = { scaled: checkBoolean } as const;

/**
 * score = query·memory, which are of one size.
 * @throws ShapeError, DTypeError when query, memory or lengths do not fit.
 * @pytorch torch.nn.functional.scaled_dot_product_attention
 * @example
 * import { DotProductAttention, tensor } from "tapegrad";
 * const memory = tensor([[[1, 0], [0, 1]]]); // [batch, time, feature]
 * const { weights } = new DotProductAttention().forward(tensor([[10, 0]]), memory);
 * console.log(weights.greater(0.99)); // → Tensor(bool [1,2]) [[ true, false]]
 */
export class DotProductAttention extends Attention {
  /** Whether scores are divided by √size. */
  readonly scaled: boolean;

  constructor(options: DotProductAttentionOptions = {}) {
    super();
    const { scaled = false } = optionsOf(new.target.name, options, dotProductAttentionOptions);
    this.scaled = scaled;
  }

  protected scores(query: Tensor, memory: Tensor): Tensor {
    const [size = 0, other] = [query.shape[2], memory.shape[2]];
    if (size !== other) {
      throw new ShapeError(
        this.constructor.name,
        `query and memory have different sizes: ${formatShape(query.shape)} and ${formatShape(memory.shape)} (axis -1: ${size} ≠ ${other})`,
        "use BilinearAttention",
      );
    }
    const products = matmul(query, memory, { transposeRight: true });
    return this.scaled ? div(products, Math.sqrt(size)) : products;
  }
}

/**
 * score = queryᵀ·W·memory: "general" in Luong, Pham and Manning, 2015.
 * @throws ShapeError, DTypeError when query, memory or lengths do not fit.
 * @example
 * import { BilinearAttention, ones } from "tapegrad";
 * const attention = new BilinearAttention(8, 16);
 * console.log(attention.forward(ones([2, 3, 8]), ones([2, 5, 16])).weights.shape); // → [ 2, 3, 5 ]
 */
export class BilinearAttention extends Attention {
  /** W, from the memory to the size of the query. */
  readonly memory: Linear;

  /** Sizes of query and memory. */
  constructor(query: number, memory: number, options: GeneratorOptions = {}) {
    super();
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    for (const size of [query, memory]) checkCount(new.target.name, "size", size, 1);
    this.memory = new Linear(memory, query, { bias: false, generator: generatorOr(generator) });
  }

  protected scores(query: Tensor, memory: Tensor): Tensor {
    const op = this.constructor.name;
    const [size, expected] = [query.shape[2], this.memory.weight.shape[0]];
    if (size !== expected)
      throw new ShapeError(
        op,
        `the query has another size: ${formatShape(query.shape)} (axis -1: ${size} ≠ ${expected})`,
      );
    return matmul(query, affine(op, memory, this.memory.weight, undefined), { transposeRight: true });
  }
}
