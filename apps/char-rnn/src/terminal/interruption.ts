/** Ctrl-C and termination: the first signal is a request that the training loop honours, the next one ends the program. */

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
export type Signal = keyof typeof exitCodes;

/** A terminal, and a package manager passing signals on, may deliver one key press twice. */
const echoMilliseconds = 300;

export class Interruption {
  #signal: Signal | undefined;
  #since = 0;
  readonly #onFirst: () => void;

  /** Listens until it is disposed of. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
    for (const signal of signals) process.on(signal, this.#receive);
  }

  /** What was received, if anything. */
  get signal(): Signal | undefined {
    return this.#signal;
  }

  readonly #receive = (signal: Signal) => {
    if (this.#signal === undefined) {
      this.#signal = signal;
      this.#since = performance.now();
      this.#onFirst();
    } else if (performance.now() - this.#since > echoMilliseconds) {
      process.exit(exitCodes[signal]);
    }
  };

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.#receive);
  }
}

const signals: readonly Signal[] = ["SIGINT", "SIGTERM"];

/** By convention 128 and the signal's number. */
export function exitCodeOf(signal: Signal): number {
  return exitCodes[signal];
}
