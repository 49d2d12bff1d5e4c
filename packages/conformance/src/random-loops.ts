/** Runs the instructions of random Programs, loops in loops included. */
import { checkpoint, type ScanOptions, scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import { add, full, matmul, mean, mul, reshape, sin, sum, tanh } from "@tapegrad/ops";
import { contraction, rows, type Simple } from "./random-ops.ts";
import { dtypeOf, fit, pick } from "./random-pieces.ts";

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

/** How a carry goes on, and with what. */
export interface CarryChoice {
  readonly kind: string;
  readonly start: number;
  readonly from: number;
  readonly with: number;
}

type Pool = Tensor[];

/** The next value of a carry. */
export const advances: Readonly<
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

function asMatrix(c: Tensor, make: (shape: readonly number[]) => Tensor): Tensor {
  return reshape(make(rows(c).shape), c.shape);
}

/** Appends the result of each instruction to the pool. */
export function run(instructions: readonly Instruction[], pool: Pool, simple: Readonly<Record<string, Simple>>): void {
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
