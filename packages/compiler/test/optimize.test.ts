/** What all passes together promise of recurrent layers: where their products end up, and that nothing grows with time. */
import { scan, Tape } from "@tapegrad/autodiff";
import { type Parameter, Program, type ProgramNode, type Tensor, type TensorType, trace } from "@tapegrad/core";
import { crossEntropy, Embedding, GRU, Linear, LSTM, RNN } from "@tapegrad/nn";
import { add, concat, Generator, matmul, mul, sigmoid, sin, sum, tanh } from "@tapegrad/ops";
import { describe, expect, it } from "vitest";
import { optimize } from "../src/index.ts";
import { expectSameResults, inDoublePrecision } from "./equality.ts";
import { inputsFor } from "./passes.ts";

inDoublePrecision();

const layers = { LSTM, GRU, RNN };

interface Recorded {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
}

/** Loss and gradients of everything that `fn` reads. */
function training(fn: (...x: Tensor[]) => Tensor, parameters: readonly Parameter[], ...types: TensorType[]): Recorded {
  const given = inputsFor(types);
  const { program, captures } = trace((inputs) => {
    const tape = new Tape();
    const loss = tape.record(() => fn(...inputs));
    return [loss, ...tape.gradient(loss, [...parameters])];
  }, types);
  return { program, inputs: [...given, ...captures] };
}

function loops({ nodes }: Program): { node: ProgramNode; body: Program }[] {
  return nodes.flatMap((node) =>
    Object.values(node.attributes).flatMap((body) => (body instanceof Program ? [{ node, body }] : [])),
  );
}

function count(program: Program, op: string): number {
  return program.nodes.filter((node) => node.op.name === op).length;
}

function allNodes(program: Program): number {
  return program.nodes.length + loops(program).reduce((total, { body }) => total + allNodes(body), 0);
}

function float(...shape: number[]): TensorType {
  return { shape, dtype: "float64" };
}

describe.each(Object.entries(layers))("%s", (name, Layer) => {
  it.each([
    ["one layer", {}],
    ["two layers", { layers: 2 }],
    ["both directions", { bidirectional: true }],
    ["two layers in both directions with dropout", { layers: 2, bidirectional: true, dropout: 0.4 }],
    ["time first, without biases", { timeMajor: true, bias: false }],
  ] as const)("%s: gradients stay what they were", (_, options) => {
    const layer = new Layer(3, 4, { ...options, generator: new Generator(1) });
    const { program, inputs } = training(
      (x) => sum(sin(layer.forward(x).output)),
      [...layer.parameters()],
      float(2, 5, 3),
    );
    expectSameResults(optimize(program), program, inputs);
  });

  it.each([0, 1])("%i steps", (steps) => {
    const layer = new Layer(3, 4, { generator: new Generator(1) });
    const { program, inputs } = training(
      (x) => sum(sin(layer.forward(x).output)),
      [...layer.parameters()],
      float(2, steps, 3),
    );
    expectSameResults(optimize(program), program, inputs);
  });

  it("each loop holds one product, and the gradients of the weights are outside", () => {
    const layer = new Layer(3, 4, { generator: new Generator(1) });
    const { program } = training((x) => sum(sin(layer.forward(x).output)), [...layer.parameters()], float(2, 5, 3));
    const optimized = optimize(program);
    const bodies = loops(optimized).map(({ body }) => body);
    expect(
      bodies.map((body) => count(body, "matmul")),
      name,
    ).toEqual([1, 1]);
    // The projection, and the gradients of both weights.
    expect(count(optimized, "matmul")).toBe(3);
    // No carry of the way back has the shape of a weight.
    for (const { node } of loops(optimized))
      expect(node.outputs.filter(({ shape }) => shape.length === 2 && shape[1] === 3)).toEqual([]);
  });

  it("a model of tokens: the loops hold one product each, and no node is there per step", () => {
    const nodesFor = (steps: number) => {
      const generator = new Generator(3);
      const embedding = new Embedding(5, 4, { generator });
      const layer = new Layer(4, 4, { generator });
      const head = new Linear(4, 5, { generator });
      const tokens = { shape: [3, steps], dtype: "int32" } as const;
      const recorded = training(
        (x, y) => crossEntropy(head.forward(layer.forward(embedding.forward(x)).output), y),
        [...embedding.parameters(), ...layer.parameters(), ...head.parameters()],
        tokens,
        tokens,
      );
      const optimized = optimize(recorded.program);
      if (steps === 5) expectSameResults(optimized, recorded.program, recorded.inputs);
      expect(loops(optimized).map(({ body }) => count(body, "matmul"))).toEqual([1, 1]);
      return allNodes(optimized);
    };
    const nodes = nodesFor(5);
    expect(nodes).toBe(nodesFor(50));
    expect(nodes).toBe(nodesFor(500));
  });
});

it("an LSTM written as text books write it", () => {
  const [input, hidden] = [3, 4];
  const step = (
    x: Tensor,
    [h, c]: readonly [Tensor, Tensor],
    weights: readonly Tensor[],
    biases: readonly Tensor[],
  ) => {
    const gate = (k: number) => add(matmul(concat([h, x], { axis: -1 }), weights[k] ?? x), biases[k] ?? x);
    const cell = add(mul(sigmoid(gate(0)), c), mul(sigmoid(gate(1)), tanh(gate(2))));
    const next = mul(sigmoid(gate(3)), tanh(cell));
    return [[next, cell] as const, next] as const;
  };
  const weightTypes = Array.from({ length: 4 }, () => float(hidden + input, hidden));
  const biasTypes = Array.from({ length: 4 }, () => float(hidden));
  const types = [float(5, 2, input), float(2, hidden), float(2, hidden), ...weightTypes, ...biasTypes];
  const given = inputsFor(types);
  const { program } = trace((inputs) => {
    const [xs, h, c, ...parameters] = inputs;
    if (xs === undefined || h === undefined || c === undefined) throw new Error("no inputs");
    const tape = new Tape();
    const loss = tape.record(() => {
      const [, outputs] = scan(
        (state: readonly [Tensor, Tensor], x: Tensor) => step(x, state, parameters.slice(0, 4), parameters.slice(4)),
        [h, c],
        xs,
      );
      return sum(sin(outputs));
    });
    return [loss, ...tape.gradient(loss, [xs, ...parameters])];
  }, types);
  const optimized = optimize(program);
  expectSameResults(optimized, program, given);
  expect(loops(optimized).map(({ body }) => count(body, "matmul"))).toEqual([1, 1]);
});
