/** CommonJS that TypeScript lets import ES modules only when they are needed. */
import type { Tensor } from "tapegrad" with { "resolution-mode": "import" };

export async function train(): Promise<Tensor> {
  const { Adam, compile, Linear, mseLoss, Tape, ones, zeros } = await import("tapegrad");
  const head = new Linear(3, 1);
  const optimizer = new Adam(head.parameters(), { learningRate: 0.02 });
  const step = compile((x: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(head.forward(x), zeros([2, 1])));
    optimizer.step(tape.gradient(loss, head.parameters()));
    return loss;
  });
  // @ts-expect-error The types are there, not any.
  step("wrong");
  return step(ones([2, 3]));
}
