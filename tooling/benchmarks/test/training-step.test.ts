/** The measured step learns, computes the same compiled and op by op, and PyTorch where it is installed. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { withBackend } from "tapegrad";
import { afterAll, describe, expect, it } from "vitest";
import { stepOn } from "../src/gpu-steps.ts";
import { checkLosses, runnerOf } from "../src/lstm.ts";
import { PerceptronStep, perceptron } from "../src/perceptron-step.ts";
import { startPyTorch } from "../src/pytorch.ts";
import { taskOf } from "../src/tasks.ts";
import { TrainingStep } from "../src/training-step.ts";
import { ratioOf, takeTurns } from "../src/turns.ts";

const steps = Array.from({ length: 3 });
const small = [taskOf("lstm", "S"), taskOf("lstm", "S", "dense"), taskOf("gru", "S"), taskOf("rnn", "S")];

describe.each(small)("$name", (task) => {
  const compiled = new TrainingStep(task);
  const losses = steps.map(() => compiled.advance());

  it("learns", () => {
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect(losses[0]).toBeGreaterThan(losses[2] ?? Number.NaN);
  });

  it("computes what the portable backend computes op by op", () => {
    const eager = withBackend(cpuBackend, () => {
      const step = new TrainingStep(task, { compiled: false });
      return steps.map(() => step.advance());
    });
    checkLosses(task.name, losses, eager);
  });
});

it("takes other weights, and runs on the backend that it was made for", async () => {
  const task = taskOf("lstm", "S");
  const reference = new TrainingStep(task);
  for (const _ of steps) reference.advance();
  const step = await stepOn(cpuBackend, task, reference);
  expect(step.inputs.backend).toBe(cpuBackend);
  const loss = await step.advanceAndRead();
  checkLosses(task.name, [loss], [reference.advance()]);
  expect(loss).toBeLessThan(new TrainingStep(task).advance() - 0.01);
});

it("refuses losses that differ, and missing ones", () => {
  expect(() => checkLosses("x", [1, 2], [1, 2.001])).toThrow("x: the losses of step 1 differ: 2 and 2.001");
  expect(() => checkLosses("x", [1], [1, 2])).toThrow("NaN");
});

it("every runner has a turn per round, of as many steps as fit", async () => {
  const asked: [string, number][] = [];
  const runner = (name: string, cost: number) => ({
    run: async (count: number) => {
      asked.push([name, count]);
      return new Array<number>(count).fill(cost);
    },
  });
  const runners = [runner("quick", 5), runner("slow", 100)];
  const [quick, slow] = await takeTurns(runners, { turn: 50, warmUp: 0, budget: 0, rounds: 2 });
  expect(asked.slice(0, 2)).toEqual([
    ["quick", 1],
    ["slow", 1],
  ]);
  expect(asked.slice(2)).toEqual([
    ["slow", 1],
    ["quick", 10],
    ["quick", 10],
    ["slow", 1],
    ["slow", 1],
    ["quick", 10],
  ]);
  if (quick === undefined || slow === undefined) throw new Error("two were timed");
  expect(quick).toEqual({ median: 5, rounds: [5, 5] });
  expect(ratioOf(quick, slow)).toBe(0.05);
});

it("runners that are warm need no round that does not count", async () => {
  const asked: number[] = [];
  const run = async (count: number) => {
    asked.push(count);
    return new Array<number>(count).fill(10);
  };
  const options = { turn: 30, warmUp: 0, warmUpRounds: 0, budget: 0, rounds: 2 };
  expect(await takeTurns([{ run }], options)).toEqual([{ median: 10, rounds: [10, 10] }]);
  expect(asked).toEqual([1, 3]);
});

it("our runner times each step", async () => {
  const times = await runnerOf(new TrainingStep(taskOf("rnn", "S"))).run(2);
  expect(times).toHaveLength(2);
  expect(times.every((time) => time > 0)).toBe(true);
});

const pytorch = await startPyTorch();
afterAll(() => pytorch?.close());

describe.skipIf(pytorch === undefined)("beside PyTorch (python3-torch)", () => {
  const compared = [
    ...small.map((task) => ({ task, name: task.name, make: () => new TrainingStep(task) })),
    { task: perceptron, name: perceptron.name, make: () => new PerceptronStep(perceptron) },
  ];
  it.each(compared)("$name has the same losses", async ({ task, make }) => {
    if (pytorch === undefined) throw new Error("skipped without it");
    const step = make();
    await pytorch.prepare(task, step);
    const { losses, milliseconds } = await pytorch.steps(steps.length);
    expect(milliseconds).toHaveLength(steps.length);
    checkLosses(
      task.name,
      steps.map(() => step.advance()),
      losses,
    );
  });

  it("is on CUDA only where there is a device", async () => {
    const onCuda = await startPyTorch("cuda");
    if (onCuda !== undefined) expect(onCuda.description).toMatch(/cuDNN \d+/);
    onCuda?.close();
    expect(pytorch?.description).not.toContain("cuDNN");
  });

  it("says why it ended", async () => {
    const other = await startPyTorch();
    await expect(other?.steps(1)).rejects.toThrow("PyTorch ended: ");
  });
});
