/** Programs as graphs: one step of an LSTM, and a loop with its body. */
import { add, compile, Generator, LSTMCell, matmul, ones, scan, type Tensor, tanh, zeros } from "tapegrad";
import { diagram, paint } from "../diagram.ts";
import type { Picture } from "../picture.ts";
import { programGraph } from "../program-graph.ts";

const colours: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  matmul: { fillcolor: paint.purpleTint, color: paint.purple },
  sigmoid: { fillcolor: paint.blueTint, color: paint.blue },
  tanh: { fillcolor: paint.greenTint, color: paint.green },
  scan: { fillcolor: paint.orangeTint, color: paint.orange },
};
const style = ({ op }: { readonly op: { readonly name: string } }) => colours[op.name];

export const lstmProgram: Picture = {
  name: "lstm-program",
  draw: () => {
    const cell = new LSTMCell(3, 2, { generator: new Generator(1) });
    const step = compile((x: Tensor, h: Tensor, c: Tensor) => cell.step(x, { h, c }).state);
    const program = step.program(zeros([1, 3]), zeros([1, 2]), zeros([1, 2]));
    const inputs = ["x", "h", "c", "W_ih", "b_ih", "W_hh", "b_hh"];
    return diagram(programGraph(program, { style, inputs, outputs: ["new h", "new c"] }));
  },
};

export const scanProgram: Picture = {
  name: "scan",
  draw: () => {
    const run = compile((W: Tensor, xs: Tensor) => {
      const [last] = scan((h: Tensor, x: Tensor) => [tanh(add(matmul(h, W), x)), null], ones([1, 2]), xs);
      return last;
    });
    const program = run.program(ones([2, 2]), ones([1000, 1, 2]));
    const graph = programGraph(program, {
      style,
      words: { full: "first state" },
      inputs: ["W", "xs"],
      outputs: ["last state"],
      body: { inputs: ["h", "x", "W"], outputs: ["next h", "kept for the way back"] },
    });
    return diagram({ ...graph, graphAttributes: { ...graph.graphAttributes, rankdir: "LR" } });
  },
};
