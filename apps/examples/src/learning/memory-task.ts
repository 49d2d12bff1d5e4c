/** The two memory tasks for training: how a batch is drawn, the loss, and which answers count as errors. */
import { argmax, crossEntropy, type Generator, mean, mseLoss, notEqual, slice, type Tensor } from "tapegrad";
import { addingBatch, addingFeatures, copyingBatch, copyingTokens, type MemoryBatch } from "../data/memory-tasks.ts";
import type { MemoryModel, MemorySizes } from "./memory-model.ts";

export interface MemoryTask {
  readonly sizes: MemorySizes;
  readonly learningRate: number;
  readonly draw: (generator: Generator, batch: number) => MemoryBatch;
  readonly loss: (model: MemoryModel, batch: MemoryBatch) => Tensor;
  /** Mean squared error for adding, the share of symbols repeated wrongly for copying. */
  readonly error: (model: MemoryModel, batch: MemoryBatch) => Tensor;
}

/** An error that counts as solved, for both tasks. */
export const solved = 0.01;

export function addingTask(length: number): MemoryTask {
  const error = (model: MemoryModel, { inputs, targets }: MemoryBatch) => mseLoss(model.last(inputs), targets);
  return {
    sizes: { input: addingFeatures, hidden: 64, output: 1 },
    learningRate: 2e-3,
    draw: (generator, batch) => addingBatch(generator, batch, length),
    loss: error,
    error,
  };
}

export function copyingTask(length: number, copied: number): MemoryTask {
  /** Of [batch, time, …], the last steps, in which the symbols are repeated. */
  const end = (x: Tensor) => slice(x, [0, length + copied]);
  return {
    sizes: { input: copyingTokens, hidden: 128, output: copyingTokens },
    learningRate: 5e-3,
    draw: (generator, batch) => copyingBatch(generator, batch, length, copied),
    loss: (model, { inputs, targets }) => crossEntropy(model.forward(inputs), targets),
    error: (model, { inputs, targets }) =>
      mean(notEqual(argmax(end(model.forward(inputs)), { axis: -1 }), end(targets))),
  };
}
