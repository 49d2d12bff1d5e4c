/** The workers that a driver starts, which are processes of this program. A worker that ends early is replaced. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CommandError } from "@tapegrad/command-line";

/** For workers to end that were asked to: longer than these wait for what they train. */
const patienceMilliseconds = 8000;
/** Workers in a row that end without anything having finished, before it is no accident. */
const mostLosses = 6;

export class LocalWorkers {
  readonly #words: readonly string[];
  readonly #url: string;
  readonly #say: (line: string) => void;
  readonly #running = new Set<ChildProcess>();
  #lastWords = "";
  #losses = 0;
  #stopping = false;

  /** `words` make this program a worker. */
  constructor(words: readonly string[], url: string, say: (line: string) => void) {
    this.#words = words;
    this.#url = url;
    this.#say = say;
  }

  start(count: number): void {
    for (let started = 0; started < count; started++) this.#startOne();
  }

  /** Something has finished, so workers work. */
  noteProgress(): void {
    this.#losses = 0;
  }

  /** @throws CommandError when workers do nothing but end. */
  check(): void {
    if (this.#losses < mostLosses) return;
    const why = this.#lastWords === "" ? "" : `; the last one said: ${this.#lastWords}`;
    throw new CommandError(
      `${this.#losses} workers have ended one after the other before anything was finished${why}`,
      {
        exitCode: 1,
      },
    );
  }

  /** Returns when all have ended. Trials that they had are given back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const timer = setTimeout(() => {
      for (const child of this.#running) child.kill("SIGKILL");
    }, patienceMilliseconds);
    await Promise.all(
      [...this.#running].map(async (child) => {
        const ended = once(child, "exit");
        if (child.connected) child.disconnect();
        await ended;
      }),
    );
    clearTimeout(timer);
  }

  #startOne(): void {
    const main = process.argv[1] ?? "";
    // The URL may have a password, which everybody could read among the words of a process.
    const child = fork(main, this.#words, {
      env: { ...process.env, REDIS_URL: this.#url },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      detached: true, // So that the terminal's Ctrl-C reaches the driver alone, which decides.
    });
    this.#running.add(child);
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.#lastWords = line;
        this.#say(line);
      });
    }
    child.on("exit", (code, killedBy) => {
      this.#running.delete(child);
      if (this.#stopping) return;
      this.#losses++;
      this.#say(`worker ${child.pid} ended (${killedBy ?? `exit code ${code}`}); starting another`);
      if (this.#losses < mostLosses) this.#startOne();
    });
  }
}
