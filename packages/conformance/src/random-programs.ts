/**
 * fast-check arbitraries of Programs, loops in loops and gradients included, for any float dtype. Values stay of the order of 1, and whatever compares does so
 * with odd constants, so that sums in another order never change which branch an element takes.
 */

import { checkpoint, grad, type ScanOptions, scan } from "@tapegrad/autodiff";
import { dtypeTable, type FloatDType, type Program, sizeOf, type Tensor, trace } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  add,
  argmax,
  broadcastTo,
  cast,
  concat,
  cumsum,
  div,
  exp,
  expandDims,
  flip,
  floor,
  full,
  gather,
  greater,
  less,
  logicalAnd,
  logicalNot,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  pad,
  reshape,
  scatterAdd,
  sigmoid,
  sin,
  slice,
  softmax,
  split,
  square,
  sub,
  sum,
  take,
  tanh,
  transpose,
  where,
} from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { branches, layer, layerAndLoss, own, tokenLoss, written } from "./random-cells.ts";

export { own };

import { dtypeOf, fit, pick, positions } from "./random-pieces.ts";
import { integerRows, rowsOutside } from "./random-rows.ts";

export { fit };

/** One op of a recipe, on results of those before. */
export interface Instruction {
  readonly op: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Of a scan. */
  readonly body: readonly Instruction[];
  /** Of a scan: how each carry goes on, and with what. */
  readonly carries: readonly CarryChoice[];
}

interface CarryChoice {
  readonly kind: string;
  readonly start: number;
  readonly from: number;
  readonly with: number;
}

/** A random function: its inputs, and ops one after the other. */
export interface Recipe {
  readonly shapes: readonly (readonly number[])[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly number[];
  readonly gradient: boolean;
}

type Pool = Tensor[];
type Simple = (x: Tensor, y: Tensor, c: number, pool: Pool) => Tensor;

function broadcastable(x: Tensor, y: Tensor): boolean {
  const [short, long] = x.rank < y.rank ? [x.shape, y.shape] : [y.shape, x.shape];
  return short.every((length, i) => {
    const other = long[i + long.length - short.length];
    return length === 1 || other === 1 || length === other;
  });
}

function paired(op: (x: Tensor, y: Tensor) => Tensor): Simple {
  return (x, y) => op(x, broadcastable(x, y) ? y : fit(y, x.shape));
}

function axisOf(x: Tensor, c: number): number {
  return x.rank === 0 ? 0 : c % x.rank;
}

function ranked(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

const smooth: Readonly<Record<string, Simple>> = {
  tanh: tanh,
  sigmoid: sigmoid,
  sin: (x) => sin(x),
  neg: neg,
  square: (x) => square(tanh(x)),
  exp: (x) => exp(tanh(x)),
  add: paired(add),
  sub: paired(sub),
  mul: paired((x, y) => mul(tanh(x), y)),
  div: paired((x, y) => div(x, add(2, sigmoid(y)))),
  addZero: (x) => add(x, full(x.shape, 0, { dtype: dtypeOf(x) })),
  mulOne: (x) => mul(1, x),
  addScalar: (x, _, c) => add(x, (c % 7) / 8),
  matmul: (x, y, c) => contraction(x, y, [1 + (c % 3), 1 + (c % 4)]),
  matmulSelf: (x) => {
    const matrix = x.rank < 2 ? reshape(x, [1, x.size]) : x;
    return mul(matmul(matrix, matrix, { transposeRight: true }), 1 / Math.max(1, matrix.shape.at(-1) ?? 1));
  },
  matmulPool: (x, y) => {
    const [left, right] = [x.rank < 2 ? reshape(x, [1, x.size]) : x, y.rank < 2 ? reshape(y, [y.size, 1]) : y];
    const inner = left.shape.at(-1);
    const scale = 1 / Math.max(1, inner ?? 1);
    if (right.rank === 2 && right.shape[0] === inner) return mul(matmul(left, right), scale);
    if (right.rank === 2 && right.shape[1] === inner) return mul(matmul(left, right, { transposeRight: true }), scale);
    return tanh(left);
  },
  sum: (x, _, c) => (x.rank === 0 ? x : mul(sum(x, { axis: axisOf(x, c), keepDims: c % 5 === 0 }), 0.5)),
  sumAll: (x) => mul(sum(x), 1 / Math.max(1, x.size)),
  mean: (x, _, c) =>
    x.rank < 2 || x.size === 0
      ? tanh(x)
      : mean(x, { axis: [0, axisOf(x, c)].filter((axis, i, all) => all.indexOf(axis) === i), keepDims: c % 3 === 0 }),
  logSumExp: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : logSumExp(x, { axis: axisOf(x, c) })),
  softmax: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : softmax(x, { axis: axisOf(x, c) })),
  cumsum: (x, _, c) => (x.rank === 0 ? x : mul(cumsum(x, { axis: axisOf(x, c) }), 0.5)),
  flat: (x) => reshape(x, [x.size]),
  ones: (x, _, c) => expandDims(x, { axis: x.rank === 0 ? 0 : c % (x.rank + 1) }),
  halves: (x) => {
    const at = x.shape.findIndex((length) => length > 0 && length % 2 === 0);
    return at < 0 ? reshape(x, [1, ...x.shape]) : reshape(x, x.shape.toSpliced(at, 1, 2, (x.shape[at] ?? 0) / 2));
  },
  transpose: (x) => transpose(x),
  rotate: (x) =>
    transpose(
      x,
      x.shape.map((_, axis) => (axis + 1) % x.rank),
    ),
  flip: (x, _, c) => (x.rank === 0 ? x : flip(x, { axis: axisOf(x, c) })),
  slice: (x, _, c) => {
    if (x.rank === 0) return x;
    const axis = axisOf(x, c);
    const at = (value: number) => x.shape.map((_, i) => (i === axis ? value : 0));
    return slice(
      x,
      at(c % 2),
      [],
      x.shape.map((_, i) => (i === axis ? 1 + (c % 3) : 1)),
    );
  },
  pad: (x, _, c) =>
    pad(
      x,
      x.shape.map((_, axis) => (axis === axisOf(x, c) ? [c % 3, c % 2] : [0, c % 2])),
    ),
  concat: (x, y, c) => {
    const [left, axis] = [ranked(x), axisOf(x, c)];
    return concat([left, fit(y, left.shape), left], { axis });
  },
  broadcast: (x, _, c) => broadcastTo(x, [1 + (c % 3), ...x.shape]),
  middle: (x, _, c) => {
    if (x.rank === 0) return broadcastTo(x, [2]);
    const [first = 1, ...rest] = x.shape;
    return broadcastTo(reshape(x, [first, 1, ...rest]), [first, 1 + (c % 3), ...rest]);
  },
  where: (x, y, c) => {
    const other = broadcastable(x, y) ? y : fit(y, x.shape);
    return where(logicalAnd(greater(x, 0.1234 - (c % 3)), logicalNot(less(other, -0.3217))), x, other);
  },
  maskInMemory: (x, y) => where(reshape(greater(reshape(x, [x.size]), 0.2131), x.shape), x, fit(y, x.shape)),
  maskAsNumber: (x, _, c) =>
    mul(x, add(cast(broadcastTo(greater(x, 0.1717), [1 + (c % 2), ...x.shape]), dtypeOf(x)), 0.5)),
  take: (x, y, c) => {
    const table = ranked(x);
    if (table.size === 0) return table;
    const axis = axisOf(table, c % 3 === 0 ? c : 0);
    return take(table, positions(fit(y, [1 + (c % 3), 1 + (c % 2)]), table.shape[axis] ?? 1), { axis });
  },
  gather: (x, y) => {
    const table = ranked(x);
    return table.size === 0 ? table : gather(table, positions(fit(y, table.shape), table.shape.at(-1) ?? 1));
  },
  scatterAdd: (x, y) => {
    const table = ranked(x);
    return table.size === 0 ? table : scatterAdd(table, positions(fit(y, table.shape), table.shape.at(-1) ?? 1), table);
  },
  /** A projection cut into gates. */
  gates: (x, y, c) => {
    const matrix = rows(ranked(x));
    const [a, b, d] = split(contraction(fit(y, [3, matrix.shape[0] ?? 1]), x, [matrix.shape[0] ?? 1, 6]), 3, {
      axis: -1,
    });
    if (a === undefined || b === undefined || d === undefined) throw new Error("three gates");
    return add(mul(sigmoid(a), tanh(b)), c % 2 === 0 ? d : sin(a));
  },
  /** Rows of a small table, projected. */
  embedding: (x, y, c) => {
    const table = fit(x, [2, 3]);
    const read = take(table, positions(fit(y, c % 2 === 0 ? [5] : [3, 2]), 2), { axis: 0 });
    return matmul(c % 3 === 0 ? read : reshape(read, [-1, 3]), fit(x, [3, 2]), { transposeRight: false });
  },
  /** The way in which text books write a cell. */
  joined: (x, y, c) => {
    const [left, right] = [fit(x, [2, 3]), fit(y, [2, 2])];
    const weights = (part: number) => mul(fit(pickOther(x, y, part), [5, 3]), 0.3);
    const input = concat(c % 2 === 0 ? [left, right] : [right, left], { axis: -1 });
    return add(sigmoid(add(matmul(input, weights(0)), 0.25)), tanh(matmul(input, weights(1))));
  },
  checkpointed: (x, y, c) =>
    checkpoint((a: Tensor, b: Tensor) =>
      tanh(add(mul(sin(a), 0.5), fit(contraction(a, b, [2, 1 + (c % 3)]), a.shape))),
    )(x, y),
  /** Products that share an operand. */
  shared: (x, y, c) => {
    const [left, first, second] = [fit(x, [2, 3]), fit(y, [3, 2]), fit(x, [2, 3])];
    return c % 2 === 0
      ? mul(matmul(left, first), matmul(left, second, { transposeRight: true }))
      : concat([matmul(left, first), matmul(left, tanh(first))], { axis: 0 });
  },
  integerRows,
  rowsOutside,
  integers: (x, y) => {
    const [a, b] = [
      cast(floor(add(mul(tanh(x), 5.37), 0.123)), "int32"),
      cast(floor(add(mul(tanh(fit(y, x.shape)), 3.71), 0.123)), "int32"),
    ];
    return mul(cast(maximum(add(mul(a, b), sum(a)), sub(neg(b), 2)), dtypeOf(x)), add(x, 0.01));
  },
};

/** Not differentiable everywhere, where equal values tie. */
const rough: Readonly<Record<string, Simple>> = {
  max: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : max(x, { axis: axisOf(x, c), keepDims: c % 2 === 0 })),
  min: (x) => (x.size === 0 ? x : min(x)),
  maximum: paired(maximum),
  minimum: paired(minimum),
  argmax: (x, _, c) => {
    if (x.rank === 0 || x.size === 0) return x;
    const distinct = add(
      floor(add(mul(tanh(x), 4.37), 0.123)),
      cumsum(full(x.shape, 0.01, { dtype: dtypeOf(x) }), { axis: axisOf(x, c) }),
    );
    return cast(argmax(distinct, { axis: axisOf(x, c) }), dtypeOf(x));
  },
};

/** Instructions that only kinds of Programs have which name them: each is a small model of its own. */
const models: Readonly<Record<string, Simple>> = { branches, layer, layerAndLoss, own, tokenLoss, written };

function pickOther(x: Tensor, y: Tensor, part: number): Tensor {
  return part === 0 ? y : x;
}

/** A product of shape `shape` of what is found in x and y. */
function contraction(x: Tensor, y: Tensor, shape: readonly number[]): Tensor {
  const [rows = 1, columns = 1] = shape;
  return mul(matmul(tanh(fit(x, [3, rows])), tanh(fit(y, [3, columns])), { transposeLeft: true }), 1 / 3);
}

/** The next value of a carry. */
const advances: Readonly<
  Record<string, (at: { c: Tensor; carries: readonly Tensor[]; index: number; x: Tensor; y: Tensor }) => Tensor>
> = {
  any: ({ c, x }) => fit(x, c.shape),
  gated: ({ c, x }) => tanh(add(c, fit(x, c.shape))),
  same: ({ c }) => c,
  other: ({ c, carries, index }) => fit(pick(carries, index + 1), c.shape),
  addMatmul: ({ c, x, y }) =>
    add(
      c,
      asMatrix(c, (shape) => contraction(x, y, shape)),
    ),
  matmulAdd: ({ c, x, y }) =>
    add(
      asMatrix(c, (shape) => contraction(x, y, shape)),
      c,
    ),
  matmulScaled: ({ c, x, y }) => add(c, sin(asMatrix(c, (shape) => contraction(x, y, shape)))),
  addSum: ({ c, x }) => add(c, sum(tanh(fit(x, [4, ...c.shape])), { axis: 0 })),
  addScalar: ({ c, x }) => add(c, tanh(mul(sum(x), 1 / Math.max(1, x.size)))),
  addElementwise: ({ c, x }) => add(c, sin(fit(x, c.shape))),
  double: ({ c }) => tanh(add(c, c)),
  constant: ({ c }) => full(c.shape, 0.5, { dtype: dtypeOf(c) }),
  recurrent: ({ c, x }) =>
    tanh(
      add(
        asMatrix(c, () => matmul(rows(c), fit(x, [rows(c).shape[1] ?? 1, rows(c).shape[1] ?? 1]))),
        fit(x, c.shape),
      ),
    ),
};

function rows(c: Tensor): Tensor {
  return reshape(c, [sizeOf(c.shape.slice(0, -1)), c.shape.at(-1) ?? 1]);
}

function asMatrix(c: Tensor, make: (shape: readonly number[]) => Tensor): Tensor {
  return reshape(make(rows(c).shape), c.shape);
}

function run(instructions: readonly Instruction[], pool: Pool, simple: Readonly<Record<string, Simple>>): void {
  for (const instruction of instructions) {
    if (instruction.op === "scan") pool.push(...loop(instruction, pool, simple).map(bounded));
    else {
      const op = simple[instruction.op];
      if (op === undefined) continue;
      pool.push(bounded(op(pick(pool, instruction.a), pick(pool, instruction.b), instruction.c, pool)));
    }
  }
}

function bounded(x: Tensor): Tensor {
  return x.size > 200 ? mean(x, { axis: 0 }) : x;
}

/** What loops keep for the way back. */
const intervals: readonly Pick<ScanOptions, "checkpointEvery">[] = [
  {},
  {},
  {},
  { checkpointEvery: 2 },
  { checkpointEvery: [2, 1] },
  { checkpointEvery: "sqrt" },
];

function loop({ a, b, c, body, carries }: Instruction, pool: Pool, simple: Readonly<Record<string, Simple>>): Tensor[] {
  const lead = pick(pool, a);
  const hasElements = lead.rank > 0 && b % 4 !== 0;
  const length = hasElements ? (lead.shape[0] ?? 0) : c % 4;
  const elements = hasElements ? pool.filter((x) => x.rank > 0 && x.shape[0] === length).slice(-1 - (b % 3)) : [];
  const init = carries.map(({ start }) => pick(pool, start));
  const outer = pool.slice(-4);
  const forgets = a % 5 === 3 ? checkpoint : <F>(f: F) => f;
  const [final, outputs] = scan(
    forgets((state: Tensor[], element: Tensor[]) => {
      const inner = [...state, ...element, ...outer];
      run(body, inner, simple);
      const next = carries.map(({ kind, from, with: other }, index) => {
        const advance = advances[kind];
        const current = pick(state, index);
        if (advance === undefined) return current;
        return advance({ c: current, carries: state, index, x: pick(inner, from), y: pick(inner, other) });
      });
      const values = [...inner, ...next];
      const stacked =
        c % 3 === 0
          ? []
          : [
              pick(values, values.length - 1 - (b % values.length)),
              pick(values, a),
              ...(c % 2 === 0 ? [pick(next, b)] : []),
            ];
      return [next, stacked];
    }),
    init,
    elements,
    { length, reverse: c % 2 === 1, ...intervals[b % intervals.length] },
  );
  // Some results are never read.
  return [...final, ...outputs].filter((_, i) => (a >> i) % 3 !== 2);
}

/** The function that a recipe stands for. */
export function functionOf({ instructions, outputs, gradient }: Recipe): (inputs: readonly Tensor[]) => Tensor[] {
  const simple = gradient ? { ...smooth, ...models } : { ...smooth, ...rough, ...models };
  const forward = (inputs: readonly Tensor[]) => {
    const pool = [...inputs];
    run(instructions, pool, simple);
    return outputs.map((index) => pick(pool, pool.length - 1 - (index % pool.length)));
  };
  if (!gradient) return forward;
  return (inputs) => {
    const results = forward(inputs);
    const loss = (x: Tensor[]) =>
      forward(x)
        .map((result, i) => mul(sum(sin(result)), 1 + i))
        .reduce(add);
    return [...results, ...grad(loss)([...inputs])];
  };
}

/** The Program that a recipe stands for. */
export function programOf(recipe: Recipe, dtype: FloatDType): Program {
  const fn = functionOf(recipe);
  return trace(
    (inputs) => fn(inputs),
    recipe.shapes.map((shape) => ({ shape, dtype })),
  ).program;
}

/** Uniform on [−1, 1). */
export function inputsOf({ shapes }: Pick<Recipe, "shapes">, dtype: FloatDType, seed = 1): Tensor[] {
  return shapes.map((shape, i) => {
    const uniform = seededUniforms(seed + 17 * i);
    const values = Float32Array.from({ length: sizeOf(shape) }, () => 2 * uniform() - 1);
    return fromHost(dtypeTable[dtype].array.from(values), shape, dtype);
  });
}

const index = fc.nat(59);

function instruction(depth: number, names: readonly string[]): fc.Arbitrary<Instruction> {
  const plain = fc.record({
    op: fc.constantFrom(...names),
    a: index,
    b: index,
    c: index,
    body: fc.constant([]),
    carries: fc.constant([]),
  });
  if (depth === 0) return plain;
  const carry = fc.record({ kind: fc.constantFrom(...Object.keys(advances)), start: index, from: index, with: index });
  const nested = fc.record({
    op: fc.constant("scan"),
    a: index,
    b: index,
    c: index,
    body: fc.array(instruction(depth - 1, names), { maxLength: 5 }),
    carries: fc.array(carry, { minLength: 1, maxLength: 4 }),
  });
  return fc.oneof({ weight: 4, arbitrary: plain }, { weight: 2, arbitrary: nested });
}

/** Options of `recipes`. */
export interface RecipeOptions {
  readonly gradient: boolean;
  /** How deep loops may nest. */
  readonly depth: number;
  /** Lengths that axes may have. */
  readonly lengths: readonly number[];
  /** What instructions there are beside loops; by default all but whole models. */
  readonly ops?: readonly string[];
}

const all = [...Object.keys(smooth), ...Object.keys(rough)];

/** Random recipes, for property tests. */
export function recipes({ gradient, depth, lengths, ops = all }: RecipeOptions): fc.Arbitrary<Recipe> {
  const shape = fc.array(fc.constantFrom(...lengths), { maxLength: 3 });
  return fc.record({
    shapes: fc.array(shape, { minLength: 1, maxLength: 4 }),
    instructions: fc.array(instruction(depth, ops), { minLength: 1, maxLength: 8 }),
    outputs: fc.array(index, { minLength: 1, maxLength: 4 }),
    gradient: fc.constant(gradient),
  });
}
