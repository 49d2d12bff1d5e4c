/** Shows a run: samples on standard output, everything else on standard error. */
import { type Output, Display as ProgramDisplay, standardError, standardOutput, visible } from "@tapegrad/command-line";
import { type Progress, progressFields } from "./progress.ts";

export class Display extends ProgramDisplay {
  readonly #stdout: Output;
  #saidLoss = false;

  constructor(stderr: Output = standardError, stdout: Output = standardOutput, terminal = process.env.TERM) {
    super(stderr, terminal);
    this.#stdout = stdout;
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
  update(progress: Progress, options: { readonly now?: boolean } = {}): void {
    this.show({ done: progress.step / progress.steps, fields: progressFields(progress) }, options);
  }
}
