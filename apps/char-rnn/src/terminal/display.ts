/** Showing a run: everything on standard error but samples. A terminal gets a bar that redraws itself, anything else lines. */
import { createLogUpdate } from "log-update";
import { type Output, standardError, standardOutput } from "./output.ts";
import { describeProgress, drawBar, type Progress, progressFields } from "./progress.ts";
import { visible } from "./visible.ts";
import { wrapCommand, wrapFields, wrapWords } from "./wrapping.ts";

const redrawMilliseconds = 100;
const lineMilliseconds = 5000;
const barWidth = 40;

export class Display {
  readonly #stderr: Output;
  readonly #stdout: Output;
  readonly #bar: ReturnType<typeof createLogUpdate> | undefined;
  #shownAt = -Infinity;
  /** The last figures, whether or not they have been shown. */
  #last: Progress | undefined;
  /** Whether those can be read now: shown, and not cleared away. */
  #lastIsVisible = true;
  #saidLoss = false;

  constructor(stderr: Output = standardError, stdout: Output = standardOutput, terminal = process.env.TERM) {
    this.#stderr = stderr;
    this.#stdout = stdout;
    // Some terminals do not know their size and say 0, which leaves no room for a bar; a dumb one cannot move its cursor.
    this.#bar = this.#stderr.columns > 0 && terminal !== "dumb" ? createLogUpdate(stderr.stream) : undefined;
  }

  /** A line that stays. */
  readonly say = (line: string): void => {
    this.#write(wrapWords(visible(line), this.#stderr.columns));
  };

  /** A command that can be copied. */
  command(words: readonly string[], before = "  "): void {
    const shown = words.map(visible);
    this.#write(
      before + (this.#stderr.columns > 0 ? wrapCommand(shown, this.#stderr.columns - before.length) : shown.join(" ")),
    );
  }

  /** Text that the model wrote. */
  sample(heading: string, text: string): void {
    if (this.#stdout.failure === undefined) {
      this.say(heading);
      this.#stdout.write(`${this.#stdout.isTerminal ? visible(text) : text}\n\n`);
    }
    if (this.#stdout.failure === undefined || this.#saidLoss) return;
    this.#saidLoss = true;
    this.say(`standard output takes no more samples (${this.#stdout.failure}); training goes on`);
  }

  /** Shows `progress`, now if `now`, else if enough time has passed since the last. */
  update(progress: Progress, { now = false } = {}): void {
    this.#last = progress;
    this.#lastIsVisible = false;
    if (!now && !this.#isTime()) return;
    this.#showLast(progress);
  }

  /** Shows how far something has come that takes long, after a while: `done` is from 0 to 1, undefined where nobody can tell. */
  phase(what: string, done?: number): void {
    if (this.#shownAt === -Infinity) this.#shownAt = performance.now();
    if (!this.#isTime()) return;
    this.#shownAt = performance.now();
    const line = visible(done === undefined ? `${what} …` : `${what}: ${Math.floor(100 * done)} %`);
    if (this.#bar === undefined) this.#write(line);
    else this.#stderr.attempt(() => this.#bar?.(wrapWords(line, this.#stderr.columns)));
  }

  /** Takes away what `phase` showed. */
  endPhase(): void {
    this.#stderr.attempt(() => this.#bar?.clear());
    this.#shownAt = -Infinity;
  }

  /** Leaves the last figures standing. */
  finish(): void {
    if (this.#last !== undefined && !this.#lastIsVisible) this.#showLast(this.#last);
    this.#stderr.attempt(() => this.#bar?.done());
    this.#last = undefined;
  }

  #isTime(): boolean {
    const interval = this.#bar === undefined ? lineMilliseconds : redrawMilliseconds;
    return performance.now() - this.#shownAt >= interval;
  }

  #write(lines: string): void {
    this.#stderr.attempt(() => this.#bar?.clear());
    if (this.#bar !== undefined) this.#lastIsVisible = false;
    this.#stderr.write(`${lines}\n`);
  }

  #showLast(progress: Progress): void {
    this.#shownAt = performance.now();
    if (this.#bar === undefined) {
      this.#write(
        this.#stderr.columns > 0
          ? wrapFields(progressFields(progress), this.#stderr.columns)
          : describeProgress(progress),
      );
    } else {
      const bar = drawBar(progress, Math.max(1, Math.min(barWidth, this.#stderr.columns - 8)));
      const percent = `${Math.floor((100 * progress.step) / progress.steps)} %`;
      const text = `${bar} ${percent}\n${wrapFields(progressFields(progress), this.#stderr.columns)}`;
      this.#stderr.attempt(() => this.#bar?.(text));
    }
    this.#lastIsVisible = true;
  }
}
