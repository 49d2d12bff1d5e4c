/** Cells to start from, as a visitor would write them. */
import type { RunSettings } from "../settings.ts";

export interface Template {
  readonly title: string;
  readonly source: string;
}

const rnn = `// Given: the sizes input and hidden, a generator of
// random numbers, and everything of "tapegrad".
const bound = 1 / Math.sqrt(hidden);
const random = (...shape) =>
  new Parameter(generator.uniform(shape, { low: -bound, high: bound }));

export default {
  W: random(input, hidden),
  U: random(hidden, hidden),
  b: random(hidden),

  initialState(batch) {
    return { h: zeros([batch, hidden]) };
  },

  // x [batch, input], h [batch, hidden]
  step(x, { h }) {
    const sum = matmul(x, this.W).add(matmul(h, this.U));
    const next = tanh(sum.add(this.b));
    return { output: next, state: { h: next } };
  },
};
`;

const minimalGated = `import { add, concat, Linear, Module, mul, sigmoid, sub, tanh, zeros } from "tapegrad";

// A GRU with one gate for both purposes (Zhou et al., 2016):
// h' = (1 - f) h + f tanh(W [f h, x])
export default class MinimalGatedCell extends Module {
  constructor(input, hidden, generator) {
    super();
    this.hidden = hidden;
    this.gate = new Linear(hidden + input, hidden, { generator });
    this.candidate = new Linear(hidden + input, hidden, { generator });
  }

  initialState(batch) {
    return { h: zeros([batch, this.hidden]) };
  }

  step(x, { h }) {
    const f = sigmoid(this.gate.forward(concat([h, x], { axis: -1 })));
    const candidate = tanh(this.candidate.forward(concat([mul(f, h), x], { axis: -1 })));
    const next = add(mul(sub(1, f), h), mul(f, candidate));
    return { output: next, state: { h: next } };
  }
}
`;

const whatIf = `// What if an LSTM never forgot? Its forget gate is 1: what
// enters c stays there, and its gradient flows back unchanged.
// Does it learn better, or does c only grow? Compare them.
export default class NeverForgets extends Module {
  constructor(input, hidden, generator) {
    super();
    this.hidden = hidden;
    this.gates = new Linear(hidden + input, 3 * hidden, { generator });
  }

  initialState(batch) {
    return { h: zeros([batch, this.hidden]), c: zeros([batch, this.hidden]) };
  }

  step(x, { h, c }) {
    const [i, g, o] = split(this.gates.forward(concat([h, x], { axis: -1 })), 3, { axis: -1 });
    // An LSTM has mul(sigmoid(f), c) in place of c.
    const cell = add(c, mul(sigmoid(i), tanh(g)));
    const next = mul(sigmoid(o), tanh(cell));
    return { output: next, state: { h: next, c: cell } };
  }
}
`;

export const templates = [
  { title: "Plain RNN", source: rnn },
  { title: "GRU with one gate", source: minimalGated },
  { title: "What if an LSTM never forgot?", source: whatIf },
] as const satisfies readonly Template[];

/** What a run's own cell is called: its class, if it has one. */
export function ownName(settings: RunSettings): string {
  return /\bclass\s+(\w+)/.exec(ownSource(settings))?.[1] ?? "Own cell";
}

/** The source of a run's cell, where it is one's own. */
export function ownSource({ cellSource = templates[0].source }: RunSettings): string {
  return cellSource;
}
