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

/** What starts the ranks. Two cores may have to carry eight of them, and tests run as whoever CI is. */
const launchers = {
  threads: () => [],
  "Open MPI": (size) => [
    ...words("mpirun.openmpi --allow-run-as-root --oversubscribe --mca mpi_yield_when_idle 1 -n"),
    String(size),
  ],
  MPICH: (size) => ["mpirun.mpich", "-n", String(size)],
} satisfies Record<string, (size: number) => readonly string[]>;

const words = (text: string): string[] => text.split(" ");

export type LauncherName = keyof typeof launchers;

/** Ranks that some launcher starts. */
export type World = { readonly kind: LauncherName; readonly size: number };

export async function launch(program: string, { kind, size }: World, ...values: readonly string[]): Promise<Launched> {
  const script = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const transport = kind === "threads" ? "threads" : "mpi";
  const node = [process.execPath, "--conditions=@tapegrad/source", script, transport, String(size), ...values];
  const [command = "", ...rest] = [...launchers[kind](size), ...node];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode === null ? once(child, "exit") : undefined,
  ]);
  return { code: child.exitCode, output, errors };
}
