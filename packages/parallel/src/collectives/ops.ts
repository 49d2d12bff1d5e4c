/** Collective operations as ops: tapes, vmap and compiled programs treat them like any other op. */
import { apply, DTypeError, dtypeTable, type HostOperand, type OpDefinition, type TensorType } from "@tapegrad/core";
import { slice, squeeze, transpose, zerosLike } from "@tapegrad/ops";
import type { Transport } from "../transport/transport.ts";
import { agree } from "./agreement.ts";
import { allGather, allReduceSum, broadcast, bytesOf, type Numbers, piecesOf, type Summand } from "./collectives.ts";

/** Plain data, so that Programs can compare and print it: which of this process's worlds is meant. */
export interface WorldAttributes {
  readonly world: string;
}

export interface RootAttributes extends WorldAttributes {
  readonly root: number;
}

const worlds = new Map<string, Transport>();

/** Makes a transport known to the ops. */
export function nameWorld(transport: Transport): WorldAttributes {
  const world = `${transport.name} ${worlds.size}`;
  worlds.set(world, transport);
  return { world };
}

/**
 * y = Σᵣ xᵣ over the ranks r, the same on all of them; of several operands, one after the other along the last axis. Linear and its
 * own transpose, for a loss that is the sum of what the ranks compute: x̄ = Σᵣ ȳᵣ.
 */
export const allReduceOp: OpDefinition<WorldAttributes> = {
  name: "allReduce",
  type(operands) {
    const { shape, dtype } = summable("allReduce", operands[0]);
    if (operands.length === 1) return { shape, dtype };
    return { shape: [...shape.slice(0, -1), operands.reduce((sum, x) => sum + lastOf(x), 0)], dtype };
  },
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose(g, { inputTypes, attributes }, index) {
      if (inputTypes.length === 1) return apply(allReduceOp, [g], attributes);
      const begin = inputTypes.slice(0, index).reduce((sum, x) => sum + lastOf(x), 0);
      const stops = [...g.shape.slice(0, -1), begin + lastOf(inputTypes[index])];
      const starts = stops.map((_, axis) => (axis === g.rank - 1 ? begin : 0));
      return apply(allReduceOp, [slice(g, starts, stops)], attributes);
    },
  },
  batching: { kind: "trailing" },
  tolerance: 1,
  host(operands, attributes, y) {
    const transport = together(attributes, "allReduce", `the sum of ${operands.length} as`, y);
    const total = numbersOf(y);
    allReduceSum(transport, summandsOf(operands, total), total);
  },
};

/** The rows of all operands, and their places in the rows of the result. */
function summandsOf(operands: readonly HostOperand[], total: Numbers): Summand[] {
  const [only] = operands;
  if (operands.length === 1) return [{ data: numbersOf(only), sum: total }];
  const rows = known(only)
    .shape.slice(0, -1)
    .reduce((count, length) => count * length, 1);
  let end = 0;
  return Array.from({ length: rows }, (_, row) =>
    operands.map((x) => {
      const length = lastOf(x);
      const begin = end;
      end += length;
      return { data: numbersOf(x).subarray(row * length, (row + 1) * length), sum: total.subarray(begin, end) };
    }),
  ).flat();
}

function lastOf(x: TensorType | undefined): number {
  return known(x).shape.at(-1) ?? 1;
}

/** y[r] = xᵣ, with a new first axis for the ranks. Transposed: every rank gets the sum of what the others have for it. */
export const allGatherOp: OpDefinition<WorldAttributes & { readonly size: number }, 1> = {
  name: "allGather",
  type: ([{ shape, dtype }], { size }) => ({ shape: [size, ...shape], dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes: { world } }) => {
      const { rank } = transportOf({ world });
      return squeeze(slice(apply(allReduceOp, [g], { world }), [rank], [rank + 1]), { axis: 0 });
    },
  },
  batching: {
    kind: "rule",
    // [size, batch, …] → [batch, size, …]
    rule: ([x], attributes) => {
      const y = apply(allGatherOp, [x], attributes);
      return transpose(y, [1, 0, ...y.shape.map((_, axis) => axis).slice(2)]);
    },
  },
  tolerance: 0,
  host([x], attributes, y) {
    const transport = together(attributes, "allGather", "all of", x);
    const pieces = piecesOf(bytesOf(y.data), transport.size);
    pieces[transport.rank]?.set(bytesOf(x.data));
    allGather(transport, pieces);
  },
};

/** y = x of the rank `root`, on all. Transposed: the sum of all cotangents for the root, zeros for the others. */
export const broadcastOp: OpDefinition<RootAttributes, 1> = {
  name: "broadcast",
  type: ([x]) => x,
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { attributes: { world, root } }) => {
      const total = apply(allReduceOp, [g], { world });
      return transportOf({ world }).rank === root ? total : zerosLike(total);
    },
  },
  batching: { kind: "trailing" },
  tolerance: 0,
  host([x], attributes, y) {
    const transport = together(attributes, "broadcast", `from rank ${attributes.root}`, y);
    bytesOf(y.data).set(bytesOf(x.data));
    broadcast(transport, bytesOf(y.data), attributes.root);
  },
};

export function transportOf({ world }: WorldAttributes): Transport {
  const transport = worlds.get(world);
  if (transport === undefined) throw new Error(`internal: there is no world ${world}`);
  return transport;
}

/** The transport, once all ranks have come with the same type. */
function together(attributes: WorldAttributes, op: string, what: string, { shape, dtype }: TensorType): Transport {
  const transport = transportOf(attributes);
  agree(transport, op, `${op}: ${what} ${dtype} [${shape}]`);
  return transport;
}

function summable(op: string, x: TensorType | undefined): TensorType {
  const type = known(x);
  if (dtypeTable[type.dtype].kind !== "bool") return type;
  throw new DTypeError(op, `${type.dtype} cannot be summed`, "cast to float32, float64 or int32");
}

function known<T>(x: T | undefined): T {
  if (x === undefined) throw new Error("internal: an operand is missing");
  return x;
}

function numbersOf(operand: HostOperand | undefined): Numbers {
  const { data, dtype } = known(operand);
  if (data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array) return data;
  throw new Error(`internal: ${dtype} came to a sum`);
}
