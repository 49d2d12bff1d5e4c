/** One step of an LSTM and of a GRU, recorded by the library and drawn from the recording. */
import { add, compile, mul, sigmoid, sub, type Tensor, tanh, zeros } from "tapegrad";
import { diagram, paint } from "../diagram.ts";
import type { Picture } from "../picture.ts";
import { programGraph } from "../program-graph.ts";

const words = { sigmoid: "σ", mul: "×", add: "+", sub: "−", full: "1" };
const gate = { fillcolor: paint.blueTint, color: paint.blue };
const arithmetic = { shape: "circle", margin: "0", width: "0.32", height: "0.32" };

function style({ op: { name } }: { readonly op: { readonly name: string } }) {
  if (name === "sigmoid") return gate;
  if (name === "tanh") return { fillcolor: paint.greenTint, color: paint.green };
  if (name === "mul" || name === "add" || name === "sub") return arithmetic;
  if (name === "full") return { shape: "plaintext", style: "" };
  return undefined;
}

const number = () => zeros([]);

export const lstmCell: Picture = {
  name: "lstm-cell",
  draw: () => {
    const step = compile((c: Tensor, f: Tensor, i: Tensor, g: Tensor, o: Tensor) => {
      const next = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
      return [next, mul(sigmoid(o), tanh(next))];
    });
    const program = step.program(number(), number(), number(), number(), number());
    const graph = programGraph(program, {
      words,
      style,
      inputs: ["old c", "f", "i", "g", "o"],
      outputs: ["new c", "new h"],
    });
    return diagram({ ...graph, graphAttributes: { rankdir: "LR", nodesep: 0.22, ranksep: 0.4 } });
  },
};

export const gruCell: Picture = {
  name: "gru-cell",
  draw: () => {
    const step = compile((h: Tensor, r: Tensor, un: Tensor, xn: Tensor, z: Tensor) => {
      const update = sigmoid(z);
      const candidate = tanh(add(xn, mul(sigmoid(r), un)));
      return add(mul(update, h), mul(sub(1, update), candidate));
    });
    const program = step.program(number(), number(), number(), number(), number());
    const graph = programGraph(program, {
      words,
      style,
      inputs: ["old h", "r", "n, from h", "n, from x", "z"],
      outputs: ["new h"],
    });
    return diagram({ ...graph, graphAttributes: { rankdir: "LR", nodesep: 0.22, ranksep: 0.4 } });
  },
};
