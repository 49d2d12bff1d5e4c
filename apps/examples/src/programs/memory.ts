/**
 * Memory over many steps: the adding problem and the copying task, learned by an RNN, an LSTM and a GRU. The longer the
 * sequence, the less of the gradient passes through a plain RNN; the gates of the others let it pass.
 */
import type { Display } from "../display.ts";
import { cellNames } from "../learning/cells.ts";
import { learnMemory } from "../learning/learn-memory.ts";
import { memoryTables } from "../learning/memory-tables.ts";
import type { MemoryRecord } from "../learning/records.ts";

export const memoryDefaults = { adding: [10, 20, 40], copying: [5, 20], steps: 800 };

/** Few, so that the length of the pause is what makes it hard; the literature's ten take long, and are in `pnpm learn`. */
const copied = 3;

export interface MemoryTableOptions {
  /** Lengths to be tried. */
  readonly adding: readonly number[];
  readonly copying: readonly number[];
  readonly steps: number;
  readonly seed: number;
}

export async function showMemory(
  { adding, copying, steps, seed }: MemoryTableOptions,
  display: Display,
): Promise<MemoryRecord[]> {
  const records: MemoryRecord[] = [];
  const tasks: readonly (readonly [MemoryRecord["task"], readonly number[]])[] = [
    ["adding", adding],
    ["copying", copying],
  ];
  for (const [task, lengths] of tasks) {
    for (const length of lengths) {
      for (const cell of cellNames) {
        const { record } = await learnMemory(task, { length, cell, steps, seed, copied }, display);
        records.push(record);
      }
    }
  }
  display.say(memoryTables(records, copied));
  return records;
}
