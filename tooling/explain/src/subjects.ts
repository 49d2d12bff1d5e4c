/** The subjects of `pnpm explain`: training steps of the library's layers by name, or a function in a user's file. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Tape } from "@tapegrad/autodiff";
import { type Program, type Tensor, trace } from "@tapegrad/core";
import { crossEntropy, Embedding, GRU, Linear, LSTM, RNN } from "@tapegrad/nn";
import { cast, floor, Generator, zeros } from "@tapegrad/ops";
import { Adam } from "@tapegrad/optim";

/** A recorded function, and what to run it on. */
export interface Subject {
  readonly program: Program;
  readonly inputs: readonly Tensor[];
}

const layers = { lstm: LSTM, gru: GRU, rnn: RNN };
const [batch, time, words, hidden] = [4, 8, 16, 16];

export const cells: readonly string[] = Object.keys(layers);

/** One of `cells`, or a module with a function, its default export, and the tensors `inputs` to call it with. */
export async function subjectOf(name: string): Promise<Subject> {
  const layer = Object.entries(layers).find(([cell]) => cell === name)?.[1];
  if (layer !== undefined) return trainingStep(layer);
  const { default: fn, inputs }: { default?: unknown; inputs?: unknown } = await import(
    pathToFileURL(resolve(name)).href
  );
  if (typeof fn !== "function" || !Array.isArray(inputs))
    throw new Error(`${name}: export a function as default, and the tensors to call it with as \`inputs\``);
  return recorded((given) => fn(...given), inputs);
}

/** Tokens through an embedding, the layer, a head and a loss, and back, with Adam's update. */
function trainingStep(Layer: (typeof layers)[keyof typeof layers]): Subject {
  const generator = new Generator(1);
  const embedding = new Embedding(words, hidden, { generator });
  const layer = new Layer(hidden, hidden, { generator });
  const head = new Linear(hidden, words, { generator });
  const parameters = [embedding, layer, head].flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters, { learningRate: 1e-3 });
  const tokens = () => cast(floor(generator.uniform([batch, time], { high: words })), "int32");
  return recorded(
    ([x = zeros([]), y = zeros([])]) => {
      const tape = new Tape();
      const loss = tape.record(() => crossEntropy(head.forward(layer.forward(embedding.forward(x)).output), y));
      optimizer.step(tape.gradient(loss, parameters));
      return loss;
    },
    [tokens(), tokens()],
  );
}

function recorded(fn: (inputs: readonly Tensor[]) => unknown, inputs: readonly Tensor[]): Subject {
  const { program, captures } = trace(
    (given) => fn(given),
    inputs.map(({ variable }) => variable),
  );
  return { program, inputs: [...inputs, ...captures] };
}
