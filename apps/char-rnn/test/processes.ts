/** Runs of several processes, watched from outside. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startProgram } from "@tapegrad/command-line/testing";
import { fileIn, readFacts } from "../src/files/read-checkpoint.ts";
import { main } from "./command.ts";

/** Two layers, dropout and clipping, in the least that four processes can share. */
export const small = "--hidden 8 --layers 2 --dropout 0.3 --batch 4 --window 8 --clip 0.1".split(" ");

/** Two cores may have to carry four ranks, and tests run as whoever CI is. */
const mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"];

/** Starts the program under a user's own `mpirun`. */
export function startUnderMpirun(processes: number, folder: string, words: readonly string[]) {
  return startProgram(main, folder, words, {}, [...mpirun, "-n", String(processes)]);
}

/** Resolves when the run in `folder` has saved a step from `step` on; returns which. */
export async function savedIn(folder: string, step: number): Promise<number> {
  for (;;) {
    const saved = await readFacts(fileIn(folder)).then(
      (facts) => facts.step,
      () => 0,
    );
    if (saved >= step) return saved;
    await sleep(5);
  }
}

/** Of a process that `mpirun` has started under the supervisor `pid`, or, where there are threads, that of all of them. */
export function processOfRank(pid: number | undefined, rank: number): number {
  const [job] = childrenOf(pid);
  // MPICH has a process of its own between `mpirun` and the ranks.
  const ranks = childrenOf(job).flatMap((child) => [child, ...childrenOf(child)]);
  if (ranks.length === 0 && job !== undefined) return job;
  const found = ranks.find((one) => {
    const environment = readFileSync(join("/proc", String(one), "environ"), "utf8").split("\0");
    return environment.includes(`OMPI_COMM_WORLD_RANK=${rank}`) || environment.includes(`PMI_RANK=${rank}`);
  });
  if (found === undefined) throw new Error(`there is no rank ${rank} among the processes ${ranks.join(", ")}`);
  return found;
}

function childrenOf(parent: number | undefined): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(join("/proc", pid, "stat"), "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined; // It has ended since.
  }
}
