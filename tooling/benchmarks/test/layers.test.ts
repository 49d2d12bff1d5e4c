/** Written cells: what they compute, that they stay bounded and train alike compiled and op by op, and what they cost. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { concat, Generator, LSTM, split, tensor, transpose, withBackend, zeros } from "tapegrad";
import { describe, expect, it } from "vitest";
import { operationsOf, recurrentLayer } from "../src/layers.ts";
import { checkLosses } from "../src/lstm.ts";
import { RandomCell } from "../src/random-cell.ts";
import { drawRecipe } from "../src/random-recipe.ts";
import { type Task, taskOf, writtenCellTasks } from "../src/tasks.ts";
import { TrainingStep } from "../src/training-step.ts";
import { TextbookLSTMCell } from "../src/written-cells.ts";

const generator = new Generator(3);

it("the textbook LSTM is the library's with its weights", () => {
  const [input, hidden] = [5, 5];
  const library = new LSTM(input, hidden, { generator });
  const cell = new TextbookLSTMCell(hidden, generator);
  const weights = library.stateDict();
  const named = (name: string) => weights[`${name}_l0`] ?? zeros([1]);
  // W_hh and W_ih are [4H, …] in the order i f g o; a gate's W is [h, x] → H.
  const joined = transpose(concat([named("weight_hh"), named("weight_ih")], { axis: 1 }));
  const bias = named("bias_ih").add(named("bias_hh"));
  const gates = [cell.input, cell.forget, cell.candidate, cell.output];
  for (const [i, gate] of gates.entries()) {
    gate.weight.assign(split(joined, 4, { axis: 1 })[i] ?? joined);
    gate.bias.assign(split(bias, 4)[i] ?? bias);
  }
  const x = generator.normal([2, input]);
  const state = { h: generator.normal([2, hidden]), c: generator.normal([2, hidden]) };
  const found = cell.step(x, state).output.dataSync();
  const whole = library.forward(x.reshape([2, 1, input]), {
    state: { h: state.h.expandDims({ axis: 0 }), c: state.c.expandDims({ axis: 0 }) },
  });
  const expected = whole.output.dataSync();
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5);
});

it("states of random cells stay within [−1, 1]", () => {
  for (let seed = 0; seed < 40; seed++) {
    const cell = new RandomCell(drawRecipe(seed), 3, generator);
    let state = cell.initialState(2);
    for (let step = 0; step < 20; step++) state = cell.step(generator.normal([2, 3]).mul(30), state).state;
    const values = state.flatMap((part) => Array.from(part.dataSync()));
    expect(values.every((value) => Math.abs(value) <= 1 + 1e-6)).toBe(true);
  }
});

describe.each(writtenCellTasks.map(({ cell }) => cell))("%s", (cell) => {
  const task: Task = { name: cell, cell, input: "tokens", batch: 2, time: 5, vocabulary: 6, hidden: 8 };
  const losses = (compiled: boolean) => {
    const step = new TrainingStep(task, { compiled });
    return [0, 1, 2].map(() => step.advance());
  };

  it("trains alike, compiled and op by op", () => {
    const eager = withBackend(cpuBackend, () => losses(false));
    expect(eager[2]).toBeLessThan(eager[0] ?? Number.NaN);
    checkLosses(cell, losses(true), eager);
  });
});

it("counts the products as they are written", () => {
  // 6·T·B·(K·N of each product): two of [H, 4H], and the head's [H, V].
  expect(operationsOf(taskOf("lstm", "S"))).toBe(6 * 32 * (2 * 64 * 256 + 64 * 32));
  expect(operationsOf(taskOf("textbook lstm", "S"))).toBe(operationsOf(taskOf("lstm", "S")));
  expect(operationsOf(taskOf("gru", "S"))).toBe(6 * 32 * (2 * 64 * 192 + 64 * 32));
  const { gates } = drawRecipe(4);
  expect(operationsOf(taskOf("random 4", "S"))).toBe(6 * 32 * (gates.length * 128 * 64 + 64 * 32));
});

it("gives every cell's outputs the shape of its inputs", () => {
  for (const { cell } of writtenCellTasks) {
    const output = recurrentLayer(cell, 4, generator).forward(tensor([[[1, 2, 3, 4]], [[5, 6, 7, 8]]])).output;
    expect(output.shape).toEqual([2, 1, 4]);
  }
});
