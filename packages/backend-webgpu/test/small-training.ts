/** A training that is over soon. */
import { compile, Tape } from "@tapegrad/autodiff";
import { type Backend, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { crossEntropy, Embedding, Linear, LSTM } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { Adam } from "@tapegrad/optim";

/** The losses of an LSTM on a sequence that it can learn. */
export async function lossesOf(backend: Backend, steps: number): Promise<number[]> {
  const [batch, time, vocabulary] = [4, 8, 12];
  const advance = withBackend(backend, () => {
    const generator = new Generator(3);
    const embedding = new Embedding(vocabulary, 16, { generator });
    const recurrent = new LSTM(16, 16, { generator });
    const head = new Linear(16, vocabulary, { generator });
    const parameters = [embedding, recurrent, head].flatMap((module) => [...module.parameters()]);
    const optimizer = new Adam(parameters, { learningRate: 2e-2 });
    const tokens = (from: number) =>
      fromHost(
        Int32Array.from(
          { length: batch * time },
          (_, i) => (3 * Math.floor(i / time) + 5 * ((i % time) + from)) % vocabulary,
        ),
        [batch, time],
        "int32",
      );
    const [inputs, targets] = [tokens(0), tokens(1)];
    const step = compile(() => {
      const tape = new Tape();
      const loss = tape.record(() =>
        crossEntropy(head.forward(recurrent.forward(embedding.forward(inputs)).output), targets),
      );
      optimizer.step(tape.gradient(loss, parameters));
      tape.release();
      return loss;
    });
    return () => withBackend(backend, step);
  });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) losses.push(await advance().item());
  return losses;
}
