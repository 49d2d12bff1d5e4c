/** Checkpoints in Programs on the device: what they leave in memory, and derivatives through them, to second order. */
import { type CheckpointEvery, checkpoint, compile, grad, scan, Tape } from "@tapegrad/autodiff";
import { type Tensor, withBackend } from "@tapegrad/core";
import { GRU } from "@tapegrad/nn";
import { add, Generator, matmul, mul, sin, sum, tanh, zeros } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";
import { difference, read } from "./results.ts";

const [batch, features, hidden] = [2, 4, 8];

/** Bytes of the arena of a training step, of so many time steps. */
function arena(steps: number, checkpointEvery?: CheckpointEvery): number {
  return withBackend(backendUnderTest(), () => {
    const generator = new Generator(1);
    const layer = new GRU(features, hidden, { generator, ...(checkpointEvery !== undefined && { checkpointEvery }) });
    const step = compile((x: Tensor) => {
      const tape = new Tape({ sources: layer.parameters() });
      const loss = tape.record(() => sum(layer.forward(x).state.h));
      return tape.gradient(loss, layer.parameters());
    });
    return step.report(zeros([batch, steps, features])).arena;
  });
}

type Run = (step: (h: Tensor, x: Tensor, w: Tensor) => Tensor, every?: CheckpointEvery) => Tensor[];

/** The gradient of all states, and the gradient of a result of it. */
const derivatives: Run = (step, every) => {
  const generator = new Generator(5);
  const [h, xs, w] = [generator.normal([batch, 3]), generator.normal([7, batch, 3]), generator.normal([3, 3])];
  type Inputs = readonly [Tensor, Tensor, Tensor];
  const loss = ([start, elements, weight]: Inputs) => {
    const body = (state: Tensor, x: Tensor) => {
      const next = step(state, x, weight);
      return [next, next] as const;
    };
    const [, states] = scan(body, start, elements, every === undefined ? {} : { checkpointEvery: every });
    return sum(sin(states));
  };
  const first = grad(loss);
  const second = grad((x: Inputs) =>
    first(x)
      .map((bar, i) => sum(mul(sin(bar), 1 + i)))
      .reduce((a, b) => add(a, b)),
  );
  return compile((...x: Inputs) => [...first(x), ...second(x)])(h, xs, w);
};

const cell = (h: Tensor, x: Tensor, w: Tensor) => tanh(add(matmul(h, mul(w, 0.5)), x));

describe.skipIf(withoutAdapter)("checkpoints on the device", () => {
  test("the arena grows as the root of the number of steps", () => {
    const [small, large] = [arena(64, "sqrt"), arena(1024, "sqrt")];
    expect(large / small).toBeLessThan(1.3 * 4);
    expect(arena(1024) / arena(64)).toBeGreaterThan(12);
    expect(large).toBeLessThan(arena(1024) / 5);
  });

  test.each<[string, (run: Run) => Tensor[]]>([
    ["every 3 steps", (run) => run(cell, 3)],
    ["blocks in blocks", (run) => run(cell, [4, 2])],
    ["each step", (run) => run(checkpoint(cell))],
  ])("%s, the derivatives are those of the plain loop", async (_, of) => {
    const [actual, expected] = withBackend(backendUnderTest(), () => [of(derivatives), derivatives(cell)] as const);
    expect(difference(await read(actual), await read(expected), 400)).toBe("");
  });
});
