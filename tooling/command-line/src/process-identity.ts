/**
 * The identity of a process, by which others can find out whether it still runs. A process number is not enough, because
 * numbers are reused.
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "./file-system.ts";

export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When the system began to run, the space of its process ids, and when the process began; null where nothing says so. */
  readonly boot: string | null;
  readonly namespace: string | null;
  readonly started: string | null;
}

export function thisProcess(): ProcessIdentity {
  return {
    host: hostname(),
    pid: process.pid,
    boot: tried(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    namespace: tried(() => readlinkSync("/proc/self/ns/pid")),
    started: startOf(process.pid),
  };
}

/** Whether the process still runs, or undefined where that cannot be seen from here, as from another machine or container. */
export function stillRuns(other: ProcessIdentity, here = thisProcess()): boolean | undefined {
  // Systems without /proc have one space of process ids: a number that no process has is proof, one that is taken is none.
  if (other.boot === null && here.boot === null && other.host === here.host && !isTaken(other.pid)) return false;
  const visible = other.boot !== null && other.boot === here.boot && other.namespace === here.namespace;
  if (visible && other.started !== null) return startOf(other.pid) === other.started;
  return undefined;
}

function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0); // Signal 0 asks only.
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** The moment in ticks after the boot: the 22nd field of `stat`, the 20th after the name, which may hold anything. */
function startOf(pid: number): string | null {
  return tried(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" || state === "X" ? "ended" : (fields[18] ?? null);
  });
}

function tried<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null; // No /proc, or no such process.
  }
}
