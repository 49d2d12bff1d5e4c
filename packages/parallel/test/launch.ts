/** Starts a program of the tests in a world of its own, as a user would. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Launched {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export type World = { readonly kind: "mpi" | "threads"; readonly size: number };

/** Two cores may have to carry eight ranks, and tests run as whoever CI is. */
const mpirun = ["--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"];

export async function launch(program: string, { kind, size }: World, ...values: readonly string[]): Promise<Launched> {
  const script = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const node = [process.execPath, "--conditions=@tapegrad/source", script, kind, String(size), ...values];
  const [command = "", ...rest] = kind === "mpi" ? ["mpirun", ...mpirun, "-n", String(size), ...node] : node;
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode === null ? once(child, "exit") : undefined,
  ]);
  return { code: child.exitCode, output, errors };
}
