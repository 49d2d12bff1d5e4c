/** Shows a run to a person: results on standard output, progress on standard error, redrawn in place on a terminal. */
import { createLogUpdate } from "log-update";

export interface Display {
  /** A line that stays. */
  say(line: string): void;
  /** How far a training is; `losses` are those of its steps so far. */
  progress(losses: readonly number[], steps: number): void;
  /** Ends what `progress` began. */
  done(): void;
}

const redrawMilliseconds = 100;
const lineMilliseconds = 10_000;
/** Steps that the loss shown is a mean over. */
const averaged = 50;

export class TerminalDisplay implements Display {
  readonly #bar = process.stderr.isTTY && process.stderr.columns > 0 ? createLogUpdate(process.stderr) : undefined;
  #startedAt: number | undefined;
  #shownAt = 0;

  /** With `resultsAreKept` elsewhere, the work goes on when nobody reads them here any more; else it ends. */
  constructor({ resultsAreKept = false } = {}) {
    process.stderr.on("error", () => {}); // Progress that nobody sees is no failure.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (resultsAreKept) return;
      if (error.code === "EPIPE") process.exit(0); // The reader of our lines, such as `head`, has ended.
      process.stderr.write(`cannot write to standard output: ${error.message}\n`);
      process.exit(1);
    });
  }

  say(line: string): void {
    this.#bar?.clear();
    process.stdout.write(`${line}\n`);
  }

  progress(losses: readonly number[], steps: number): void {
    const now = performance.now();
    this.#startedAt ??= now;
    const interval = this.#bar === undefined ? lineMilliseconds : redrawMilliseconds;
    if (now - this.#shownAt < interval) return;
    this.#shownAt = now;
    const seconds = Math.round((now - this.#startedAt) / 1000);
    const line = `step ${losses.length}/${steps} · loss ${mean(losses.slice(-averaged)).toFixed(4)} · ${seconds} s`;
    if (this.#bar === undefined) process.stderr.write(`${line}\n`);
    else this.#bar(line);
  }

  done(): void {
    this.#bar?.clear();
    this.#startedAt = undefined;
  }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
