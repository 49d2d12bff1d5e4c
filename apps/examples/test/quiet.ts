/** A display that keeps what it is told. */
import type { Display } from "../src/display.ts";

export class QuietDisplay implements Display {
  readonly lines: string[] = [];

  say(line: string): void {
    this.lines.push(line);
  }
  progress(): void {}
  done(): void {}
}
