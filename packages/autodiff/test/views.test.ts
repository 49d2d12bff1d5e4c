/** Views of views, slices of transposes of broadcasts, as operands of every op that finds elements by position. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { gradcheck } from "@tapegrad/conformance";
import { interpret, setBackend, setDefaultDType, type Tensor, tensor, trace, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { compile } from "../src/index.ts";

setBackend(cpuBackend);
beforeEach(() => setDefaultDType("float64"));
afterEach(() => setDefaultDType("float32"));

/** [2, 3] broadcast to [4, 2, 3], transposed to [3, 4, 2], every second row from the second on: [1, 4, 2]; flipped: [1, 4, 2]. */
function viewOf(x: Tensor): Tensor {
  const turned = ops.transpose(ops.broadcastTo(x, [4, 2, 3]), [2, 0, 1]);
  return ops.flip(ops.slice(turned, [1, 0, 0], [3, 4, 2], [2, 1, 1]), { axis: 1 });
}

const indices = () => tensor(Int32Array.of(1, 0, 1, 1, 0, 1, 0, 0), { shape: [1, 4, 2] });
const rows = () => tensor(Int32Array.of(3, 0, 3));

const readers: Readonly<Record<string, (view: Tensor) => Tensor>> = {
  argmax: (v) => ops.argmax(v, { axis: 1 }),
  argmin: (v) => ops.argmin(v, { axis: -1 }),
  argsort: (v) => ops.argsort(v, { axis: -1 }),
  broadcastTo: (v) => ops.broadcastTo(v, [5, 4, 2]),
  concat: (v) => ops.concat([v, v], { axis: 1 }),
  cumsum: (v) => ops.cumsum(v, { axis: 1, reverse: true }),
  flip: (v) => ops.flip(v, { axis: [0, 2] }),
  gather: (v) => ops.gather(v, indices(), { axis: -1 }),
  "indexAdd, into": (v) => ops.indexAdd(v, rows(), ops.ones([1, 3, 2]), { axis: 1 }),
  "indexAdd, updates": (v) => ops.indexAdd(ops.zeros([2, 4, 2]), tensor(Int32Array.of(1)), v),
  matmul: (v) => ops.matmul(v, v, { transposeLeft: true }),
  pad: (v) =>
    ops.pad(v, [
      [0, 1],
      [2, 0],
      [1, 1],
    ]),
  reshape: (v) => ops.reshape(v, [2, 4]),
  "scatterAdd, into": (v) => ops.scatterAdd(v, indices(), ops.ones([1, 4, 2]), { axis: -1 }),
  "scatterAdd, updates": (v) => ops.scatterAdd(ops.zeros([1, 4, 2]), indices(), v, { axis: -1 }),
  slice: (v) => ops.slice(v, [0, 1, 0], [1, 4, 1], [1, 2, 1]),
  sort: (v) => ops.sort(v, { axis: -1 }),
  split: (v) => ops.stack(ops.split(v, 2, { axis: 1 })),
  sum: (v) => ops.sum(v, { axis: [0, 2] }),
  take: (v) => ops.take(v, rows(), { axis: 1 }),
  topK: (v) => ops.topK(v, 1, { axis: -1 }).values,
  transpose: (v) => ops.transpose(v, [1, 2, 0]),
};

const base = () => tensor([3, -1, 4, 1, -5, 9], { shape: [2, 3] });

describe.each(Object.entries(readers))("%s", (name, read) => {
  test("eagerly, as of a dense copy", () => {
    const view = viewOf(base());
    const copy = fromHost(view.dataSync(), view.shape, view.dtype);
    expect(view.shape).toEqual([1, 4, 2]);
    expect([...read(view).dataSync()]).toEqual([...read(copy).dataSync()]);
  });

  test("as a Program", () => {
    const f = (x: Tensor) => read(viewOf(x));
    const { program, captures } = trace(([x]) => f(x ?? base()), [base().variable]);
    const [result] = interpret(program, [base(), ...captures]);
    expect([...(result?.dataSync() ?? [])]).toEqual([...f(base()).dataSync()]);
  });

  test("as generated code", () => {
    setDefaultDType("float32");
    const eager = read(viewOf(base()));
    const generated = withBackend(wasmBackend(), () => compile((x: Tensor) => read(viewOf(x)))(base()));
    expect([...generated.dataSync()]).toEqual([...eager.dataSync()]);
  });

  if (name.startsWith("arg")) return; // Positions have no derivative.
  test("and its derivatives", () => {
    gradcheck((x: Tensor) => read(viewOf(x)), [base()], { order: 2 });
  });
});
