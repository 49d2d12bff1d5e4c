/** Starts several processes on this machine: by `mpirun`, or as threads of one process where there is no MPI. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CommandError, errorCode } from "@tapegrad/command-line";
import { whyNoMpi } from "@tapegrad/parallel";
import type { TransportName } from "./place.ts";

export interface Launcher {
  readonly transport: TransportName;
  readonly processes: number;
  /** Completes "training on …". */
  readonly description: string;
  /** What to start, before this program's own words. */
  readonly command: readonly [string, ...string[]];
}

/** This program, as it was started itself. */
const program = (): [string, ...string[]] => [process.execPath, ...process.execArgv, process.argv[1] ?? ""];

/** @throws CommandError when MPI is wanted and something of it is missing. */
export async function chooseLauncher(processes: number, wanted: TransportName | undefined): Promise<Launcher> {
  const threads = { transport: "threads", processes, command: program() } as const;
  if (wanted === "threads" || (wanted === undefined && processes === 1))
    return { ...threads, description: describeThreads(processes) };
  const found = await findMpirun();
  const obstacle = "obstacle" in found ? found.obstacle : await whyNoMpi();
  if (obstacle === undefined && "version" in found)
    return {
      transport: "mpi",
      processes,
      description: `${processes} process${processes === 1 ? "" : "es"} over MPI`,
      command: ["mpirun", ...mpirunOptions(found.version), "-n", String(processes), ...program()],
    };
  if (wanted === "mpi") throw new CommandError(`cannot start ${processes} processes over MPI: ${obstacle}`);
  return { ...threads, description: `${describeThreads(processes)}; there is no MPI: ${obstacle}` };
}

function describeThreads(processes: number): string {
  return processes === 1 ? "one process" : `${processes} threads of one process`;
}

async function findMpirun(): Promise<{ readonly version: string } | { readonly obstacle: string }> {
  try {
    return { version: (await promisify(execFile)("mpirun", ["--version"])).stdout };
  } catch (cause) {
    const why = errorCode(cause) === "ENOENT" ? "mpirun is not installed" : `mpirun --version fails (${String(cause)})`;
    return { obstacle: `${why}; Debian: apt-get install openmpi-bin libopenmpi3` };
  }
}

/** Open MPI takes a machine's cores for slots, and binds processes to them, which have threads; waiting ranks let others run. */
function mpirunOptions(version: string): readonly string[] {
  if (!version.includes("Open MPI")) return [];
  const isRoot = process.getuid?.() === 0;
  const asRoot = isRoot ? ["--allow-run-as-root"] : [];
  return [...asRoot, "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1"];
}
