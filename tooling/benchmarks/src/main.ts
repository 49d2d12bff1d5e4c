/**
 * `pnpm bench` measures everything and writes docs/benchmarks.md; `pnpm bench matmul` and the other parts are measured and
 * printed. `--tasks "lstm M,gru M"` chooses training steps or cells, `--seconds` how long each is timed, `--without-npm` leaves
 * out the libraries that would have to be installed.
 */
import { writeFileSync } from "node:fs";
import { benchmarkCells } from "./cells.ts";
import { type Part, parseCommandLine } from "./command-line.ts";
import { benchmarkCompiling } from "./compiling.ts";
import { documentOf } from "./document.ts";
import { benchmarkEager } from "./eager.ts";
import { benchmarkSteps } from "./lstm.ts";
import { describeMachine, loadOfLastMinute } from "./machine.ts";
import { benchmarkMatmul } from "./matmul.ts";
import { benchmarkMemory } from "./memory.ts";
import { installNpmPeers, npmPeerNames, startNpmPeer } from "./npm-peers.ts";
import type { Peer } from "./peer.ts";
import { startPyTorch } from "./pytorch.ts";
import type { Report } from "./report.ts";
import { targetTable } from "./targets.ts";
import { benchmarkThreads } from "./threads.ts";
import { benchmarkWebGPU } from "./webgpu.ts";

const request = parseCommandLine(process.argv.slice(2));
const { parts, tasks, cells, seconds, npmPeers } = request;
const log = (line: string) => console.log(line);

const machine = describeMachine();
const describe = (line: string) => {
  machine.push(line);
  log(line);
};
for (const line of machine) log(line);
if (npmPeers && parts.some((part) => ["matmul", "lstm", "webgpu"].includes(part))) {
  await installNpmPeers(log);
  for (const name of npmPeerNames) {
    const peer = await startNpmPeer(name);
    describe(peer.description);
    peer.close();
  }
}

async function besidePyTorch(benchmark: (pytorch: Peer | undefined) => Promise<Report>): Promise<Report> {
  const pytorch = await startPyTorch();
  const line = pytorch?.description ?? "PyTorch: not installed (python3-torch)";
  if (!machine.includes(line)) describe(line);
  const report = await benchmark(pytorch);
  pytorch?.close();
  return report;
}

const benchmarks: Record<Part, () => Promise<Report>> = {
  matmul: async () => {
    const jax = npmPeers ? await startNpmPeer("jax-js") : undefined;
    const report = await benchmarkMatmul({ jax, budget: 80 * seconds }, log);
    jax?.close();
    return report;
  },
  lstm: () => besidePyTorch((pytorch) => benchmarkSteps({ tasks, pytorch, npmPeers, seconds }, log)),
  eager: () => besidePyTorch((pytorch) => benchmarkEager({ pytorch, seconds }, log)),
  cells: () => benchmarkCells({ tasks: cells, seconds: seconds / 2 }, log),
  compiling: () => benchmarkCompiling(log),
  memory: () => benchmarkMemory(tasks, log),
  threads: () => benchmarkThreads(2 * seconds, log),
  webgpu: () => benchmarkWebGPU({ tasks, npmPeers, seconds }, log, describe),
};

const loadBefore = loadOfLastMinute();
const reports: Report[] = [];
for (const part of parts) reports.push(await benchmarks[part]());

const { columns, rows } = targetTable(reports.flatMap(({ verdicts }) => verdicts));
if (rows.length > 0) for (const row of ["", columns, ...rows]) log(typeof row === "string" ? row : row.join(" | "));

if (request.complete) {
  machine.push(`load average: ${loadBefore} before, ${loadOfLastMinute()} at the end; this run alone makes about 1`);
  writeFileSync(new URL("../../../docs/benchmarks.md", import.meta.url), documentOf(reports, machine, new Date()));
}
