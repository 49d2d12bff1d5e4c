/**
 * `pnpm bench` measures everything and writes docs/benchmarks.md; `pnpm bench matmul` and `pnpm bench lstm` measure a part and
 * print it. `--tasks "lstm M,gru M"` chooses training steps, `--seconds` how long each is timed.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchmarkCompiling, benchmarkSteps } from "./lstm.ts";
import { describeMachine, loadOfLastMinute } from "./machine.ts";
import { benchmarkMatmul } from "./matmul.ts";
import { PyTorch } from "./pytorch.ts";
import { type Table, toMarkdown } from "./table.ts";
import { tasks } from "./tasks.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tasks: { type: "string" }, seconds: { type: "string", default: "5" } },
});
const [part] = positionals;
if (positionals.length > 1 || (part !== undefined && part !== "matmul" && part !== "lstm"))
  throw new Error(`no such benchmark: ${positionals.join(" ")}; use matmul, lstm, or neither for both`);

const chosen = values.tasks?.split(",");
const log = (line: string) => console.log(line);

const pytorch = part === "matmul" ? undefined : await PyTorch.start();
const machine = describeMachine();
if (part !== "matmul")
  machine.push(pytorch === undefined ? "PyTorch: not installed (python3-torch)" : `PyTorch ${pytorch.description}`);
for (const line of machine) log(line);

const loadBefore = loadOfLastMinute();
const tables: Table[] = [];
if (part !== "lstm") tables.push(await benchmarkMatmul(300, log));
if (part !== "matmul") {
  const selected = chosen === undefined ? tasks : tasks.filter(({ name }) => chosen.includes(name));
  tables.push(await benchmarkSteps({ tasks: selected, pytorch, seconds: Number(values.seconds) }, log));
  if (chosen === undefined) tables.push(await benchmarkCompiling(log));
}
pytorch?.close();

if (part === undefined && chosen === undefined) {
  machine.push(`load average: ${loadBefore} before, ${loadOfLastMinute()} at the end; this run alone makes about 1`);
  const introduction = `# Benchmarks

Written by \`pnpm bench\`, which takes about three minutes; \`pnpm bench matmul\` and \`pnpm bench lstm\` measure a part and write
nothing. PyTorch is measured where Debian's packages \`python3-torch\` and \`libopenblas0-pthread\` are installed; an OpenBLAS
that is older than the processor, and would fall back to its slowest kernels, is told which ones suit it. What stands in a row
was measured in turn in one run, so what slowed the machine slowed all of it alike. Results are compared before timing: the
losses of the first three steps to 1e-4 of their size, every element of a product.

${[`Measured on ${new Date().toISOString().slice(0, 10)}.`, ...machine].map((line) => `- ${line}`).join("\n")}

Not yet measured: TensorFlow.js and jax-js, threads, peak memory, user-written cells.`;
  const document = [introduction, ...tables.map(toMarkdown)].join("\n\n");
  writeFileSync(new URL("../../../docs/benchmarks.md", import.meta.url), `${document}\n`);
}
