/** Memory: how much the workloads need, how a chain of products shares it, and whether steps leave anything behind. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isPlainObject } from "@tapegrad/core/internal";
import type { Log, Report } from "./report.ts";
import { mebibytes, type Table } from "./table.ts";
import { atMost } from "./targets.ts";
import { type Task, taskOf } from "./tasks.ts";

const mebibyte = 2 ** 20;
const repeated = 10_000;

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Bytes by name, as a process of its own found them. */
export async function measureMemory(...request: string[]): Promise<(name: string) => number> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=@tapegrad/source",
    "--expose-gc",
    "--import",
    pathOf("wasm-memories.ts"),
    pathOf("memory-process.ts"),
    ...request,
  ]);
  const answer: unknown = JSON.parse(stdout);
  if (!isPlainObject(answer)) throw new Error(`no bytes by name: ${stdout}`);
  const bytes = new Map(Object.entries(answer));
  return (name) => Number(bytes.get(name));
}

async function peaks(tasks: readonly Task[], log: Log): Promise<Table> {
  const rows: string[][] = [];
  const add = async (name: string, ...request: string[]) => {
    const bytes = await measureMemory(...request);
    const row = [name, mebibytes(bytes("resident")), mebibytes(bytes("wasm"))];
    log(row.join(" | "));
    rows.push(row);
  };
  await add("library loaded, nothing run", "idle");
  for (const task of tasks) await add(task.name, "train", JSON.stringify(task));
  const note = `The largest resident size, between steps, of a process that makes training steps for a second and a half, garbage not yet
collected included, and how large its WebAssembly memory is, in which a compiled step has all its tensors.`;
  return { title: "Peak memory", note, columns: ["workload", "resident", "WebAssembly"], rows };
}

/** Peaks of `tasks`; the targets are measured in any case. */
export async function benchmarkMemory(tasks: readonly Task[], log: Log): Promise<Report> {
  const peak = await peaks(tasks, log);
  const chain = await measureMemory("chain");
  const beyond = chain("wasm") - chain("inputs");
  const growth = await measureMemory("repeat", JSON.stringify(taskOf("lstm", "S")), String(repeated));
  const rows = [
    [`arena of ${chain("length")} chained products, beyond the inputs`, mebibytes(beyond)],
    [`growth over ${repeated} steps of lstm S: WebAssembly memory`, mebibytes(growth("wasm"))],
    [`growth over ${repeated} steps of lstm S: JavaScript heap`, mebibytes(growth("heap"))],
    [`growth over ${repeated} steps of lstm S: array buffers`, mebibytes(growth("buffers"))],
  ];
  for (const row of rows) log(row.join(" | "));
  const note = `The chain is \`a = matmul(a, b)\`, compiled as one function, each result 1 MiB. Growth is measured after the garbage
collector ran, before and after.`;
  const names = {
    chain: "arena of 50 chained matmuls, beyond the inputs",
    steps: `growth over ${repeated} compiled steps`,
  };
  return {
    tables: [peak, { title: "Memory kept", note, columns: ["", "bytes"], rows }],
    verdicts: [
      atMost(names.chain, beyond, 4 * mebibyte, mebibytes),
      atMost(`${names.steps}, WebAssembly memory`, growth("wasm"), 0, mebibytes),
      atMost(`${names.steps}, JavaScript heap and buffers`, growth("heap") + growth("buffers"), mebibyte, mebibytes),
    ],
  };
}
