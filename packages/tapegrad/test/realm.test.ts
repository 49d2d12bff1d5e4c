/** What another realm (a `vm` context, Jest, an iframe) makes is taken wherever the same thing of this realm is. */
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as tg from "../src/index.ts";

/** The value of `source` in a realm where `here` is what is given. */
function foreign(source: string, here: object = {}): never {
  return runInNewContext(source, { ...here }) as never; // As a sandbox would hand it over.
}

const tensors = { a: tg.tensor([1, 2]), b: tg.tensor([3, 4]), zero: tg.tensor(0) };
const layer = new tg.GRU(2, 3, { generator: new tg.Generator(1) });
const x = tg.ones([2, 3, 2]);
const described = (value: unknown): unknown =>
  value instanceof tg.Tensor
    ? { dtype: value.dtype, shape: value.shape, data: [...value.dataSync()] }
    : ArrayBuffer.isView(value)
      ? Array.from(value as Int32Array)
      : value;

/** Each takes a value from its source. */
const uses: Readonly<Record<string, readonly [source: string, use: (value: never) => unknown]>> = {
  "tokens of TokenStreams": [
    "Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8)",
    (tokens) => new tg.TokenStreams(tokens, { batch: 2, window: 2 }).at(0).inputs,
  ],
  "options of TokenStreams": [
    "({ batch: 2, window: 2 })",
    (options) => new tg.TokenStreams(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), options).at(0).targets,
  ],
  "symbols of Vocabulary": ["['a', 'b']", (symbols) => new tg.Vocabulary(symbols).encode("ba")],
  "tokens of Vocabulary": ["Int32Array.of(1, 0)", (tokens) => new tg.Vocabulary("ab").decode(tokens)],
  "items of Batches": ["[1, 2, 3]", (items) => new tg.Batches(items, { size: 2 }).at(0).join()],
  "sequences to pad": ["[[1, 2], [3]]", (sequences) => tg.padSequences(sequences).tokens],
  "typed sequences to pad": ["[Int32Array.of(1, 2), Uint8Array.of(3)]", (list) => tg.padSequences(list).lengths],
  "items to shuffle": ["[1, 2, 3, 4]", (items) => tg.shuffled(items, 1).join()],
  lengths: ["Int32Array.of(3, 1)", (lengths) => layer.forward(x, { lengths }).output],
  "lengths of bytes": ["Uint8Array.of(3, 1)", (lengths) => layer.forward(x, { lengths }).output],
  "a list of lengths": ["[3, 1]", (lengths) => layer.forward(x, { lengths }).output],
  "options of a layer": ["({ layers: 2 })", (options) => [...new tg.LSTM(1, 2, options).namedParameters()].length],
  "targets of a loss": ["Uint8Array.of(1, 2)", (t) => tg.crossEntropy(tg.zeros([2, 3]), tg.tensor(t))],
  "a Parameter's value": ["[[1, 2], [3, 4]]", (value) => new tg.Parameter(value).value],
  "a Parameter's bytes": ["Uint8Array.of(1, 2)", (value) => new tg.Parameter(value).value],
  "operands of stack": ["[a, b]", (list) => tg.stack(list)],
  "axes of sum": ["[0]", (axis) => tg.sum(tensors.a, { axis })],
  "a shape": ["[2, 3]", (shape) => tg.zeros(shape)],
  "options of sum": ["({ axis: 0, keepDims: true })", (options) => tg.sum(tensors.a, options)],
  "the result of a step of scan": ["(h, x) => [add(h, x), h]", (step) => tg.scan(step, tensors.zero, tensors.a)[0]],
  "a tree to differentiate by": ["({ w: [a] })", (p) => tg.treeLeaves(tg.grad((q: never) => sumOf(q))(p))[0]],
  "parameters of an optimiser": ["[1, 2]", (value) => stepped(new tg.Parameter(value))],
  "gradients to clip": ["[a, b]", (gradients) => tg.clipByGlobalNorm(gradients, 1).norm],
  "a state of a Generator": [
    "Int32Array.of(1, 2, 3)",
    (state) => {
      const generator = new tg.Generator(1);
      generator.state.assign(tg.tensor(state));
      return generator.uniform([2]);
    },
  ],
  "arguments of a compiled function": [
    "({ tokens: Int32Array.of(1, 0), n: 3 })",
    (batch) =>
      tg.compile(({ tokens, n }: { tokens: never; n: number }) => tg.mul(tg.take(tensors.a, tokens), n))(batch),
  ],
  "containers in a module": [
    "[new Map([['first', p]]), new Set([p]), { inner: [p] }]",
    (parts) => {
      class Model extends tg.Module {
        readonly parts = parts;
        forward() {}
      }
      return Array.from(new Model().namedParameters(), ([name]) => name).join();
    },
  ],
  "containers that a scope returns": [
    "(x) => new Map([['kept', new Set([x])]])",
    (wrap: (x: tg.Tensor) => Map<string, Set<tg.Tensor>>) =>
      [...(tg.scope(() => wrap(tg.add(1, 2))).get("kept") ?? [])][0],
  ],
  "static positions": ["[0]", (list) => tg.compile((n: number) => tg.zeros([n]), { static: list })(2)],
};

function sumOf(tree: unknown): tg.Tensor {
  return tg.treeLeaves(tree).reduce<tg.Tensor>((total, leaf) => tg.add(total, tg.sum(leaf as tg.Tensor)), tensors.zero);
}

function stepped(parameter: tg.Parameter): tg.Tensor {
  new tg.SGD(foreign("[p]", { p: parameter }), foreign("({ learningRate: 0.5 })")).step(foreign("[a]", tensors));
  return parameter.value;
}

describe("a value of another realm", () => {
  test.each(Object.entries(uses))("%s", (_name, [source, use]) => {
    const scope = { ...tensors, add: tg.add, p: new tg.Parameter(1) };
    const here = new Function(...Object.keys(scope), `return ${source}`)(...Object.values(scope)) as never;
    expect(described(use(foreign(source, scope)))).toEqual(described(use(here)));
  });

  test("is refused where it is a promise", () => {
    const later = foreign("async (x) => x");
    for (const f of [tg.grad(later), tg.compile(later), tg.vmap(later), tg.checkpoint(later)])
      expect(() => (f as (x: tg.Tensor) => unknown)(tensors.a)).toThrow(tg.TraceError);
  });
});

test("lengths of a batch are an input of a compiled step, recorded once", () => {
  let recorded = 0;
  const run = (batch: { tokens: Int32Array; lengths: Int32Array }) => {
    recorded++;
    const tokens = tg.reshape(batch.tokens as never, [2, -1, 1]);
    return layer.forward(tg.concat([tg.cast(tokens, "float32"), tg.cast(tokens, "float32")], { axis: -1 }), {
      lengths: batch.lengths,
    }).output;
  };
  const compiled = tg.compile(run);
  for (const sequences of [
    [[1, 2, 3], [4]],
    [[5], [6, 7, 8]],
    [[9, 9, 9], []],
  ]) {
    const { tokens, lengths } = tg.padSequences(sequences);
    const eager = run({ tokens: tg.tensor(tokens) as never, lengths });
    const found = compiled({ tokens, lengths }).dataSync();
    for (const [i, value] of eager.dataSync().entries()) expect(found[i]).toBeCloseTo(value, 5);
  }
  expect(recorded).toBe(4);
});
