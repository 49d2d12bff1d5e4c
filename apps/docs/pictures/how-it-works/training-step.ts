/** The training step of an LSTM, size M of the benchmarks: as recorded, through the passes, and as kernels. */
import { hoistProjections, moveAfterLoop, optimize, type Pass } from "@tapegrad/compiler";
import { Program } from "@tapegrad/core";
import { Adam, compile, crossEntropy, Embedding, Generator, Linear, LSTM, Tape, type Tensor, zeros } from "tapegrad";
import { chart } from "../chart.ts";
import { diagram, paint } from "../diagram.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const [vocabulary, hidden, batch, time] = [64, 128, 32, 64];

function trainingStep() {
  const generator = new Generator(1);
  const embedding = new Embedding(vocabulary, hidden, { generator });
  const lstm = new LSTM(hidden, hidden, { generator });
  const head = new Linear(hidden, vocabulary, { generator });
  const parameters = [embedding, lstm, head].flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters, { learningRate: 1e-3 });
  return compile((inputs: Tensor, targets: Tensor) => {
    const tape = new Tape();
    const logits = () => head.forward(lstm.forward(embedding.forward(inputs)).output);
    const loss = tape.record(() => crossEntropy(logits(), targets));
    optimizer.step(tape.gradient(loss, parameters));
    return loss;
  });
}

const tokens = () => zeros([batch, time], { dtype: "int32" });

interface Count {
  /** Entries, bodies of loops once. */
  readonly entries: number;
  /** Operations that run, bodies of loops as often as they do. */
  readonly operations: number;
  readonly products: number;
}

function count({ nodes }: Program, times = 1): Count {
  return nodes.reduce<Count>(
    (total, { op, attributes }) => {
      const length = "length" in attributes ? Number(attributes.length) : 1;
      const bodies = Object.values(attributes).filter((value) => value instanceof Program);
      const own = { entries: 1, operations: times, products: op.name === "matmul" ? times : 0 };
      return [
        bodies.length === 0 ? own : { entries: 1, operations: 0, products: 0 },
        ...bodies.map((body) => count(body, times * length)),
      ].reduce(sum, total);
    },
    { entries: 0, operations: 0, products: 0 },
  );
}

const sum = (a: Count, b: Count): Count => ({
  entries: a.entries + b.entries,
  operations: a.operations + b.operations,
  products: a.products + b.products,
});

function measure() {
  const step = trainingStep();
  const program = step.program(tokens(), tokens());
  const after = new Map<Pass, Count>();
  const optimized = optimize(program, { observe: ({ pass }, _, result) => after.set(pass, count(result)) });
  const { kernels } = step.report(tokens(), tokens());
  const none = { entries: 0, operations: 0, products: 0 };
  return {
    recorded: count(program),
    projected: after.get(hoistProjections) ?? none,
    sunk: after.get(moveAfterLoop) ?? none,
    optimized: count(optimized),
    kernels,
  };
}

export const passes: Picture = {
  name: "passes",
  draw: () => {
    const { recorded, projected, sunk, optimized, kernels } = measure();
    const panels = [
      {
        title: "matrix products",
        colour: ink.purple,
        counts: {
          "as recorded": recorded.products,
          "inputs projected at once": projected.products,
          "weight gradients after the loop": sunk.products,
        },
      },
      {
        title: "operations",
        colour: ink.blue,
        counts: {
          "as recorded": recorded.operations,
          "after all passes": optimized.operations,
          "kernels that run": kernels,
        },
      },
    ];
    return chart({
      bounds: "flush",
      spacing: 48,
      vconcat: panels.map(({ title, colour, counts }) => ({
        title: { text: title, anchor: "start", frame: "group" },
        width: 320,
        height: { step: 26 },
        data: { values: Object.entries(counts).map(([stage, number]) => ({ stage, number })) },
        encoding: {
          y: {
            field: "stage",
            type: "nominal",
            sort: null,
            title: null,
            axis: { domain: false, ticks: false, labelLimit: 0 },
          },
          x: { field: "number", type: "quantitative", axis: null, scale: { nice: false } },
        },
        layer: [
          { mark: { type: "bar", color: colour, height: 18 } },
          { mark: { type: "text", align: "left", dx: 5 }, encoding: { text: { field: "number", format: "," } } },
        ],
      })),
    });
  },
};

export const codeGeneration: Picture = {
  name: "code-generation",
  draw: () => {
    const { recorded, optimized, kernels } = measure();
    const stage = { fillcolor: paint.blueTint, color: paint.blue };
    const code = { fillcolor: paint.orangeTint, color: paint.orange };
    return diagram({
      graphAttributes: { rankdir: "LR", nodesep: 0.3, ranksep: 0.4 },
      nodes: [
        { name: "function", attributes: { label: "your function" } },
        { name: "program", attributes: { label: `Program\n${recorded.entries} entries`, ...stage } },
        { name: "optimized", attributes: { label: `after passes\n${optimized.entries} entries`, ...stage } },
        { name: "steps", attributes: { label: `steps\n${kernels} a call`, ...stage } },
        { name: "wasm", attributes: { label: "WebAssembly:\none module", ...code } },
        { name: "wgsl", attributes: { label: "WGSL: shaders,\none submit", ...code } },
      ],
      edges: [
        { tail: "function", head: "program", attributes: { label: "record" } },
        { tail: "program", head: "optimized", attributes: { label: "rewrite" } },
        { tail: "optimized", head: "steps", attributes: { label: "schedule" } },
        { tail: "steps", head: "wasm" },
        { tail: "steps", head: "wgsl" },
      ],
    });
  },
};
