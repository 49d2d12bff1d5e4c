/** Shows the progress of a program on standard error: a bar that redraws itself on a terminal, else lines. */
import { createLogUpdate } from "log-update";
import { type Output, standardError } from "./output.ts";
import { visible } from "./visible.ts";
import { wrapCommand, wrapFields, wrapWords } from "./wrapping.ts";

const redrawMilliseconds = 100;
const lineMilliseconds = 5000;
const barWidth = 40;

/** What is shown of a program that is under way. */
export interface Figures {
  /** From 0 to 1. */
  readonly done: number;
  /** Each in words. */
  readonly fields: readonly string[];
}

export class Display {
  readonly #stderr: Output;
  readonly #bar: ReturnType<typeof createLogUpdate> | undefined;
  #shownAt = -Infinity;
  /** The last figures, whether or not they have been shown. */
  #last: Figures | undefined;
  /** Whether those can be read now: shown, and not cleared away. */
  #lastIsVisible = true;

  constructor(stderr: Output = standardError, terminal = process.env.TERM) {
    this.#stderr = stderr;
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

  /** Shows `figures`, now if `now`, else if enough time has passed since the last. */
  show(figures: Figures, { now = false } = {}): void {
    this.#last = figures;
    this.#lastIsVisible = false;
    if (!now && !this.#isTime()) return;
    this.#showLast(figures);
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

  #showLast({ done, fields }: Figures): void {
    this.#shownAt = performance.now();
    const shown = fields.map(visible);
    if (this.#bar === undefined) {
      this.#write(this.#stderr.columns > 0 ? wrapFields(shown, this.#stderr.columns) : shown.join(" · "));
    } else {
      const bar = drawBar(done, Math.max(1, Math.min(barWidth, this.#stderr.columns - 8)));
      const text = `${bar} ${Math.floor(100 * done)} %\n${wrapFields(shown, this.#stderr.columns)}`;
      this.#stderr.attempt(() => this.#bar?.(text));
    }
    this.#lastIsVisible = true;
  }
}

/** A bar of `width` characters. */
export function drawBar(done: number, width: number): string {
  const filled = Math.floor(width * done);
  return "█".repeat(filled) + "░".repeat(width - filled);
}
