/** Writes docs/benchmarks.md: the targets first, then the measurements. */
import type { Report } from "./report.ts";
import { toMarkdown } from "./table.ts";
import { targetTable } from "./targets.ts";

/** `machine` says where this was measured, in a line each. */
export function documentOf(reports: readonly Report[], machine: readonly string[], date: Date): string {
  const introduction = `# Benchmarks

Written by \`pnpm bench\`, which takes about eleven minutes; \`pnpm bench matmul\` (or lstm, eager, cells, compiling, memory, threads,
webgpu) measures a part and writes nothing; \`pnpm bench:gpu\` is for a machine with a GPU. jax-js and TensorFlow.js are installed
by the first run, outside the workspace. WebGPU is measured where Chromium is installed, PyTorch where Debian's packages
\`python3-torch\` and \`libopenblas0-pthread\` are; an OpenBLAS that is older than the processor, and would fall back to its slowest
kernels, is told which ones suit it. What stands in a row was measured in turn in one run, so what slowed the machine slowed all
of it alike. Results are compared before timing: the losses of the first three steps to 1e-4 of their size, every element of a
product.

${[`Measured on ${date.toISOString().slice(0, 10)}.`, ...machine].map((line) => `- ${line}`).join("\n")}`;
  const tables = [targetTable(reports.flatMap(({ verdicts }) => verdicts)), ...reports.flatMap(({ tables }) => tables)];
  return `${[introduction, ...tables.map(toMarkdown)].join("\n\n")}\n`;
}
