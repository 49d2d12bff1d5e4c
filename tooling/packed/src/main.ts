/**
 * `pnpm packed:all [beginnings…] [--folder path]`: tries the consumers whose title begins with one of the arguments, or all,
 * and prints a report. With `--folder`, that folder is kept, and its kits are used again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Consumer, type Result, titleOf } from "./consumer.ts";
import { report } from "./report.ts";
import { table } from "./table.ts";
import { tryConsumer } from "./try-consumer.ts";
import { Workshop } from "./workshop.ts";

const { values, positionals } = parseArgs({ options: { folder: { type: "string" } }, allowPositionals: true });
const folder = values.folder === undefined ? mkdtempSync(join(tmpdir(), "packed-")) : resolve(values.folder);
const begins = (consumer: Consumer) =>
  positionals.some((beginning) => titleOf(consumer).toLowerCase().startsWith(beginning.toLowerCase()));
const chosen = positionals.length === 0 ? table : table.filter(begins);
const workshop = new Workshop(folder);
const results: Result[] = [];
try {
  for (const consumer of chosen) {
    const result = await tryConsumer(consumer, workshop);
    console.error(`${result.fault === undefined ? "passes" : "FAILS "} ${titleOf(consumer)}`);
    results.push(result);
  }
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
console.log(report(results));
process.exitCode = results.some(({ fault }) => fault !== undefined) ? 1 : 0;
