/** What every communicator promises, checked by every rank of the world that this is started in; rank 0 prints "all hold". */
import assert from "node:assert/strict";
import {
  BackendError,
  compile,
  DTypeError,
  grad,
  jvp,
  ShapeError,
  TapegradError,
  type Tensor,
  tensor,
  vmap,
} from "tapegrad";
import { dataParallel } from "../../src/index.ts";
import { worldOfArguments } from "./world.ts";

const world = await worldOfArguments();
const { rank, size } = world;
const ranks = Array.from({ length: size }, (_, r) => r);

const numbers = (t: Tensor) => Array.from(t.dataSync(), Number);
const is = (t: Tensor, shape: readonly number[], values: readonly number[]) => {
  assert.deepEqual(t.shape, shape);
  assert.deepEqual(numbers(t), values);
};
const triangle = (size * (size + 1)) / 2;

for (const dtype of ["float32", "float64", "int32"] as const) {
  const x = tensor([rank + 1, 10], { dtype });
  is(world.allReduce(x), [2], [triangle, 10 * size]);
  is(
    world.allGather(x),
    [2 * size],
    ranks.flatMap((r) => [r + 1, 10]),
  );
  is(world.broadcast(x, size - 1), [2], [size, 10]);
}
is(world.mean(tensor([2 * rank, 6])), [2], [size - 1, 6]);
is(world.allReduce(tensor(rank)), [], [(size * (size - 1)) / 2]);
is(world.allGather(tensor(rank)), [size], ranks);
is(world.allReduce(tensor([], { shape: [0, 3] })), [0, 3], []);
is(
  world.allGather(tensor([rank % 2 === 0], { dtype: "bool" })),
  [size],
  ranks.map((r) => 1 - (r % 2)),
);
const scattered = world.reduceScatter(tensor(Float32Array.from({ length: 2 * size }, (_, i) => i)));
is(scattered, [2], [2 * rank * size, (2 * rank + 1) * size]);
const tree = world.mean({ a: tensor([rank]), b: [tensor(1, { dtype: "float64" })] });
is(tree.a, [1], [(size - 1) / 2]);
assert.equal(tree.b[0]?.dtype, "float64");
// The sign of zero and NaN arrive as they are.
assert.ok(Object.is(numbers(world.broadcast(tensor([-0])))[0], -0));
assert.ok(Number.isNaN(numbers(world.allReduce(tensor([rank === 0 ? Number.NaN : 1])))[0]));
// More bytes than any buffer on the way holds.
const long = world.allReduce(tensor(Float32Array.from({ length: 300_001 }, (_, i) => i % 7)));
assert.equal(numbers(long)[300_000], (300_000 % 7) * size);
world.barrier();

// Sums have the order of a binary tree, on every rank the same bits.
const bits = (t: Tensor) => new Uint32Array(Float32Array.from(t.dataSync()).buffer);
const awkward = world.allReduce(tensor([Math.fround(0.1) * 10 ** (rank % 5)]));
assert.equal(new Set(numbers(world.allGather(tensor(Int32Array.from(bits(awkward)))))).size, 1);

// As ops: derivatives in both modes, of second order, batching, compiled.
const x = tensor([rank + 1, 2]);
const squares = (y: Tensor) => world.allReduce(y.square()).sum();
// Every rank has the whole loss Σᵣ xᵣ², and the adjoint of the sum adds the cotangents of all ranks.
is(grad(squares)(x), [2], [2 * size * (rank + 1), 4 * size]);
is(
  grad((y: Tensor) => grad(squares)(y).sum())(x),
  [2],
  [2 * size * size * 1, 2 * size * size * 1].map((v) => v / size),
);
is(jvp(squares, [x], [tensor([1, 0])]).tangent, [], [2 * triangle]);
is(
  vmap((row: Tensor) => world.allReduce(row))(
    tensor([
      [1, 2],
      [3, 4],
    ]),
  ),
  [2, 2],
  [1, 2, 3, 4].map((v) => v * size),
);
const pair = (y: Tensor) => {
  const { a, b } = world.allReduce({ a: y.square(), b: y.slice([0], [1]) });
  return a.sum().add(b.mul(3).sum());
};
is(grad(pair)(x), [2], [size * (2 * (rank + 1) + 3), 4 * size]);
is(compile(grad(pair))(x), [2], [size * (2 * (rank + 1) + 3), 4 * size]);
is(jvp(pair, [x], [tensor([1, 0])]).tangent, [], [2 * triangle + 3 * size]);
const rows = vmap((row: Tensor) => world.allReduce({ a: row, b: row.sum() }))(
  tensor([
    [1, 2],
    [3, 4],
  ]),
);
is(
  rows.a,
  [2, 2],
  [1, 2, 3, 4].map((v) => v * size),
);
is(rows.b, [2], [3 * size, 7 * size]);
is(
  vmap((row: Tensor) => world.allGather(row))(tensor([[1], [2]])),
  [2, size],
  [...ranks.map(() => 1), ...ranks.map(() => 2)],
);
is(compile((y: Tensor) => grad(squares)(y))(x), [2], [2 * size * (rank + 1), 4 * size]);
const own = grad((y: Tensor) =>
  world
    .allGather(y)
    .mul(tensor(Float32Array.from({ length: size }, (_, r) => r + 1)))
    .sum(),
);
is(own(tensor([1])), [1], [size * (rank + 1)]);
is(grad((y: Tensor) => world.broadcast(y, 0).sum())(tensor([1])), [1], [rank === 0 ? size : 0]);

// Mistakes are errors on every rank, before anything moves, and the world goes on.
assert.throws(() => world.allReduce(tensor([true], { dtype: "bool" })), DTypeError);
if (size > 1) {
  const uneven = () => world.allReduce(tensor(new Float32Array(rank === 0 ? 2 : 3)));
  assert.throws(
    uneven,
    (error) => error instanceof ShapeError && /rank 0 .*\[2\].*rank \d .*\[3\]/.test(error.message),
  );
  assert.throws(() => (rank === 0 ? world.barrier() : world.allReduce(x)), ShapeError);
  assert.throws(() => world.broadcast(x, rank), ShapeError);
  const other = tensor([1], { dtype: rank === 0 ? "float32" : "int32" });
  assert.throws(() => world.allReduce(other), /rank 0 .*float32.*rank \d .*int32/);
  assert.throws(() => world.allReduce(rank === 0 ? { x } : { x, y: x }), /rank 0 .*sum of 1 .*rank \d .*sum of 2/);
  assert.throws(() => world.allGather(rank === 0 ? x : tensor([[1]])), ShapeError);
}
is(world.allReduce(tensor([1])), [1], [size]);

const outer = dataParallel(world, (part: Tensor) => inner(part), { order: "fast" });
const inner = dataParallel(world, (part: Tensor) => ({ mean: part.mean() }), { order: "fast" });
assert.throws(() => outer(tensor(new Float32Array(size))), TapegradError);
is(inner(tensor(Float32Array.from(ranks))).mean, [], [(size - 1) / 2]);

const before = world.traffic;
world.allReduce(tensor(new Float32Array(1000)));
assert.equal(world.traffic.bytes - before.bytes >= 4000, size > 1);

world.barrier(); // Nobody leaves while others still exchange.
world.close();
world.close();
if (size > 1) assert.throws(() => world.allReduce(tensor([1])), BackendError);
if (rank === 0) console.log("all hold");
