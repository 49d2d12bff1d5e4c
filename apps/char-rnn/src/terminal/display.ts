/** Showing a run: everything on standard error but samples. A terminal gets a bar that redraws itself, anything else lines. */
import type { WriteStream } from "node:tty";
import { createLogUpdate } from "log-update";
import { describeProgress, drawBar, type Progress } from "./progress.ts";

export type Output = Pick<WriteStream, "isTTY" | "columns"> & NodeJS.WritableStream;

const redrawMilliseconds = 100;
const lineMilliseconds = 5000;

export class Display {
  readonly #stderr: Output;
  readonly #stdout: Output;
  readonly #bar: ReturnType<typeof createLogUpdate> | undefined;
  #shownAt = -Infinity;
  #pending: Progress | undefined;

  constructor(stderr: Output = process.stderr, stdout: Output = process.stdout) {
    this.#stderr = stderr;
    this.#stdout = stdout;
    // Some terminals do not know their size and say 0, which leaves no room for a bar.
    this.#bar = stderr.isTTY && stderr.columns > 0 ? createLogUpdate(stderr) : undefined;
  }

  /** A line that stays. */
  say(line: string): void {
    this.#bar?.clear();
    this.#stderr.write(`${line}\n`);
  }

  /** Text that the model wrote. */
  sample(heading: string, text: string): void {
    this.say(heading);
    this.#stdout.write(`${text}\n\n`);
  }

  /** Shows `progress`, now if `now`, else if enough time has passed since the last. */
  update(progress: Progress, { now = false } = {}): void {
    this.#pending = progress;
    const interval = this.#bar === undefined ? lineMilliseconds : redrawMilliseconds;
    if (now || performance.now() - this.#shownAt >= interval) this.#show(progress);
  }

  /** Leaves the last figures standing. */
  finish(): void {
    if (this.#pending !== undefined) this.#show(this.#pending);
    this.#bar?.done();
  }

  #show(progress: Progress): void {
    this.#shownAt = performance.now();
    this.#pending = undefined;
    const line = describeProgress(progress);
    if (this.#bar === undefined) this.#stderr.write(`${line}\n`);
    else this.#bar(`${drawBar(progress, 40)} ${Math.floor((100 * progress.step) / progress.steps)} %\n${line}`);
  }
}
