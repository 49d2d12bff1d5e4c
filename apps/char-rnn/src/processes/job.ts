/** The processes of a run, as their supervisor sees them: a child process, and a connection to rank 0. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodeOf, type Signal } from "@tapegrad/command-line";
import { whyItEnded } from "./last-words.ts";
import type { Launcher } from "./launcher.ts";
import { type Ended, listen, type Saved, type Screen, send, showOn, type ToSupervisor } from "./messages.ts";
import { environmentOf } from "./place.ts";

export type JobEnd = { readonly ended: Ended } | { readonly failed: string };

export interface JobOptions {
  readonly launcher: Launcher;
  /** What the command line of the processes is. */
  readonly words: readonly string[];
  readonly isRestart: boolean;
  readonly screen: Screen;
}

/** Of what the processes wrote themselves, kept for the case that they fail. */
const mostCharacters = 20_000;
/** Milliseconds for the processes to end after rank 0 has said how the run ended. */
const farewell = 5000;

export class Job {
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #isMpirun: boolean;
  readonly #screen: Screen;
  #line: Socket | undefined;
  #trains = false;
  #ended: Ended | undefined;
  #failed: string | undefined;
  #saved: Saved | undefined;
  #words = "";

  static async start({ launcher, words, isRestart, screen }: JobOptions): Promise<Job> {
    const folder = await mkdtemp(join(tmpdir(), "char-rnn-"));
    const socket = process.platform === "win32" ? `\\\\.\\pipe\\${folder}` : join(folder, "line");
    const server = createServer().listen(socket);
    await once(server, "listening");
    server.on("close", () => rm(folder, { recursive: true, force: true }));
    const { transport, processes } = launcher;
    const [file, ...rest] = launcher.command;
    const child = spawn(file, [...rest, ...words], {
      env: environmentOf({ transport, processes, socket, isRestart }),
      // A terminal's signals reach the supervisor alone, which passes them on.
      detached: true,
      stdio: [process.stdin.isTTY ? "ignore" : "inherit", "pipe", "pipe"],
    });
    return new Job(child, server, transport === "mpi", screen);
  }

  private constructor(child: ChildProcess, server: Server, isMpirun: boolean, screen: Screen) {
    this.#child = child;
    this.#server = server;
    this.#isMpirun = isMpirun;
    this.#screen = screen;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#words = (this.#words + text).slice(-mostCharacters);
      });
    server.on("connection", (line) => {
      this.#line = line;
      listen<ToSupervisor>(line, (message) => this.#receive(message));
    });
    process.on("exit", this.#onExit);
  }

  /** The last state that was saved, if any. */
  get saved(): Saved | undefined {
    return this.#saved;
  }

  /** Passes a signal on, after which the run is saved; before there is something to save, ends all. */
  interrupt(signal: Signal): void {
    if (this.#trains && this.#line !== undefined) {
      send(this.#line, { signal });
      return;
    }
    this.#ended ??= { code: exitCodeOf(signal) };
    this.#child.kill("SIGTERM");
    setTimeout(() => this.#child.kill("SIGKILL"), farewell).unref();
  }

  /** Resolves when all processes have ended. */
  async end(): Promise<JobEnd> {
    const { code, signal } = await this.#closed();
    process.off("exit", this.#onExit);
    // What rank 0 said last is still on the line when its process is gone.
    if (this.#line !== undefined && !this.#line.closed) await once(this.#line, "close");
    this.#server.close();
    if (this.#ended !== undefined) return { ended: this.#ended };
    return { failed: this.#failed ?? whyItEnded(this.#words, code, signal) };
  }

  async #closed(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    return await new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => resolve({ code, signal }));
    });
  }

  #receive(message: ToSupervisor): void {
    if ("show" in message) showOn(this.#screen, message.show);
    else if ("trains" in message) this.#trains = true;
    else if ("saved" in message) this.#saved = message.saved;
    else if ("failed" in message) this.#failed = message.failed;
    else {
      this.#ended = message.ended;
      setTimeout(this.#onExit, farewell).unref();
    }
  }

  /** Ends all at once. `mpirun` has to end its processes itself, within a second. */
  readonly #onExit = (): void => {
    this.#child.kill(this.#isMpirun ? "SIGTERM" : "SIGKILL");
  };
}
