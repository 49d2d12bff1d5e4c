/** Makes `docs/learning.md` from the records in `docs/learning.jsonl`. */

import { memoryTables } from "./memory-tables.ts";
import type { LearningRecord } from "./records.ts";
import { textTable } from "./text-table.ts";

/** The tables alone, as they are printed. */
export function learningTables(records: readonly LearningRecord[]): string {
  const memory = records.filter((record) => record.task !== "text");
  const text = records.filter((record) => record.task === "text");
  const parts = [
    memory.length > 0 ? memoryTables(memory) : "",
    text.length > 0 ? `${textSays}\n\n${textTable(text)}` : "",
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const textSays =
  "The characters of tinyshakespeare: nats per character on its last tenth, which is not trained on. Embedding 128, one layer of " +
  "256, 32 streams side by side with the state carried from window to window, windows of 64, Adam with learning rate 0.002, " +
  "gradients clipped to norm 1, initial values as PyTorch's.";

export function learningDocument(records: readonly LearningRecord[]): string {
  return `# What is learned

Written by \`pnpm learn\`, which repeats it: \`pnpm learn adding --lengths 50\` does a part, and \`pnpm learn text --text FILE\` needs
the text. Every training run is a record in [learning.jsonl](learning.jsonl); a new run takes the place of the old one with the
same task, cell, length and seed.

${learningTables(records)}
`;
}
