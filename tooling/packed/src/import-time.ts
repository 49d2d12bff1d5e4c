/**
 * `pnpm packed:import [--rounds 31]`: how long `import "tapegrad"` takes, packed and installed, in turn with jax-js in fresh
 * processes of this Node. `pnpm build` first.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./command.ts";
import { loadedFiles } from "./loaded-files.ts";
import { Workshop } from "./workshop.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "31" } } });
const names = ["tapegrad", "@jax-js/jax"] as const;
const folder = mkdtempSync(join(tmpdir(), "packed-import-"));
try {
  const kit = await new Workshop(folder).kit("imports");
  const time = async (name: string) => Number(await run(kit, `"${process.execPath}" import-time.mjs ${name}`));
  const rounds: (readonly [ours: number, theirs: number])[] = [];
  for (const name of names) await time(name); // Files that were never read take longer.
  for (let round = 0; round < Number(values.rounds); round++) {
    const first = round % 2; // Who begins changes.
    const times = [await time(names[first] ?? ""), await time(names[1 - first] ?? "")] as const;
    rounds.push(first === 0 ? times : [times[1], times[0]]);
  }
  console.log("| import | files | kB | median | fastest |\n| --- | --- | --- | --- | --- |");
  for (const [i, name] of names.entries()) {
    const { paths, bytes } = await loadedFiles(kit, name);
    const times = rounds.map((round) => round[i] ?? Number.NaN);
    const cells = [name, paths.length, (bytes / 1000).toFixed(0), `${median(times).toFixed(1)} ms`];
    console.log(`| ${[...cells, `${Math.min(...times).toFixed(1)} ms`].join(" | ")} |`);
  }
  const ratio = median(rounds.map(([ours, theirs]) => ours / theirs));
  console.log(
    `\nNode ${process.versions.node}: ${ratio.toFixed(2)} times jax-js, the median of ${rounds.length} rounds.`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
}
