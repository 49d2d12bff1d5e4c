/** The whole character model: its gradient against central differences, and "hello" learned until it says "ello". */
import { noGrad, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, setDefaultDType, type Tensor, tensor } from "@tapegrad/core";
import { Vocabulary } from "@tapegrad/data";
import { crossEntropy, Embedding, GRU, Linear, LSTM, Module, RNN, sample } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { numericGradient } from "./central-differences.ts";
import { values } from "./plain.ts";

beforeAll(() => setBackend(cpuBackend));
afterEach(() => setDefaultDType("float32"));

const layers = { LSTM, GRU, RNN };

/** Embedding, recurrent layers, linear. */
class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: LSTM | GRU | RNN;
  readonly head: Linear;

  constructor(kind: keyof typeof layers, vocabulary: number, hidden: number, depth: number, generator: Generator) {
    super();
    this.embedding = new Embedding(vocabulary, hidden, { generator });
    this.recurrent = new layers[kind](hidden, hidden, { layers: depth, generator });
    this.head = new Linear(hidden, vocabulary, { generator });
  }

  /** tokens [batch, time] → logits [batch, time, vocabulary]. */
  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(this.embedding.forward(tokens)).output);
  }
}

describe("the gradient of embedding, two layers, linear and cross entropy over six time steps", () => {
  it.each(["LSTM", "GRU", "RNN"] as const)("%s: agrees with central differences to 1e-7", (kind) => {
    setDefaultDType("float64");
    const [vocabulary, hidden, batch, time] = [5, 3, 2, 6];
    const model = new CharacterModel(kind, vocabulary, hidden, 2, new Generator(11));
    const generator = new Generator(12);
    const tokens = () => generatorTokens(generator, [batch, time], vocabulary);
    const [inputs, targets] = [tokens(), tokens()];
    const loss = () => crossEntropy(model.forward(inputs), targets);

    const tape = new Tape();
    const value = tape.record(loss);
    const parameters = new Map(model.namedParameters());
    const gradients = tape.gradient(value, [...parameters.values()]);
    expect(parameters.size).toBe(1 + 2 * 4 + 2);
    for (const [index, [name, parameter]] of [...parameters].entries()) {
      const error = relativeError(values(gradients[index] ?? value), numericGradient(loss, parameter));
      expect(error, name).toBeLessThan(1e-7);
    }
  });

  it("a gradient that is wrong by one part in a million is noticed", () => {
    setDefaultDType("float64");
    const model = new CharacterModel("LSTM", 4, 3, 1, new Generator(13));
    const inputs = tensor(Int32Array.of(0, 1, 2, 3), { shape: [1, 4] });
    const loss = () => crossEntropy(model.forward(inputs), inputs);
    const tape = new Tape();
    const value = tape.record(loss);
    const analytic = values(tape.gradient(value, model.head.weight));
    const numeric = numericGradient(loss, model.head.weight);
    expect(relativeError(analytic, numeric)).toBeLessThan(1e-9);
    expect(
      relativeError(
        analytic.map((g) => g * (1 + 1e-6)),
        numeric,
      ),
    ).toBeGreaterThan(1e-7);
  });
});

describe('"hello"', () => {
  it.each(["LSTM", "GRU", "RNN"] as const)(
    '%s: given "hell" predicts "ello", and goes on from "h" by itself',
    (kind) => {
      const vocabulary = new Vocabulary("helo");
      const model = new CharacterModel(kind, vocabulary.size, 16, 1, new Generator(1));
      const inputs = tensor(vocabulary.encode("hell"), { shape: [1, 4] });
      const targets = tensor(vocabulary.encode("ello"), { shape: [1, 4] });
      const optimizer = new Adam(model.parameters(), { learningRate: 0.02 });
      const greedy = (tokens: Tensor) =>
        noGrad(() => sample(model.forward(tokens), { generator: new Generator(0), temperature: 0 }));
      const read = (tokens: Tensor) => vocabulary.decode(values(greedy(tokens)));

      let steps = 0;
      while (read(inputs) !== "ello" && steps < 200) {
        trainStep(model, optimizer, inputs, targets);
        steps++;
      }
      expect(read(inputs)).toBe("ello");
      expect(steps, "it has to learn it").toBeGreaterThan(0);

      let text = "h";
      while (text.length < 5) {
        const tokens = vocabulary.encode(text);
        text += read(tensor(tokens, { shape: [1, tokens.length] })).slice(-1);
      }
      expect(text).toBe("hello");
    },
  );
});

function trainStep(model: CharacterModel, optimizer: Adam, inputs: Tensor, targets: Tensor): void {
  const tape = new Tape();
  const loss = tape.record(() => crossEntropy(model.forward(inputs), targets));
  const { gradients } = clipByGlobalNorm(tape.gradient(loss, model.parameters()), 1);
  optimizer.step(gradients);
}

function generatorTokens(generator: Generator, shape: readonly [number, number], vocabulary: number): Tensor {
  const drawn = generator.uniform(shape).dataSync();
  return tensor(
    Int32Array.from(drawn, (u) => Math.floor(u * vocabulary)),
    { shape },
  );
}

/** ‖a − b‖ / ‖b‖. */
function relativeError(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  const norm = (vector: readonly number[]) => Math.hypot(...vector);
  expect(norm(b), "a gradient to compare with").toBeGreaterThan(0);
  return norm(a.map((value, i) => value - (b[i] ?? Number.NaN))) / norm(b);
}
