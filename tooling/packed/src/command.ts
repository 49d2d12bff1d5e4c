/** Runs shell commands in a folder, with a time limit: a command that hangs is stopped and counts as a failure. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";

/** Milliseconds; the longest build takes a tenth of it on two idle cores. */
const patience = 300_000;

/** Tools that ask, count or colour do none of that. */
const quiet = {
  CI: "1",
  NO_COLOR: "1",
  NODE_NO_WARNINGS: "",
  NEXT_TELEMETRY_DISABLED: "1",
  npm_config_update_notifier: "false",
};

/** A process of its own group, so that its children end with it. */
export function start(folder: string, command: string): ChildProcess {
  const { NODE_OPTIONS: _, FORCE_COLOR: __, VITEST: ___, ...environment } = process.env;
  return spawn(command, {
    cwd: folder,
    shell: "/bin/bash",
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...environment,
      ...quiet,
      PATH: [`${folder}/node_modules/.bin`, dirname(process.execPath), environment.PATH].join(":"),
    },
  });
}

export function stop({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}

/** Everything that it prints. @throws with all of it if it fails or hangs. */
export async function run(folder: string, command: string): Promise<string> {
  const child = start(folder, command);
  let output = "";
  const add = (text: Buffer) => {
    output += text.toString();
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  const timer = setTimeout(() => stop(child), patience);
  const [status] = await once(child, "close").finally(() => clearTimeout(timer));
  if (status !== 0) throw new Error(`${command}: ${status === null ? "hangs" : `exits with ${status}`}\n${output}`);
  return output;
}

/** Starts a command that serves, and waits until it prints an address. */
export async function serve(folder: string, command: string): Promise<{ address: string; child: ChildProcess }> {
  const child = start(folder, command);
  let output = "";
  const address = await new Promise<string>((resolve, reject) => {
    const add = (text: Buffer) => {
      output += text.toString();
      const [found] = /http:\/\/(localhost|127\.0\.0\.1):\d+/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", add);
    child.stderr?.on("data", add);
    child.on("close", () => reject(new Error(`${command}: ends\n${output}`)));
  });
  return { address, child };
}
