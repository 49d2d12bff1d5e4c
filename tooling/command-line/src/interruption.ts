/**
 * Ctrl-C, termination and a closed terminal: the first signal is a request that the training loop honours, the next one ends
 * the program.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";

const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
export type Signal = keyof typeof exitCodes;

/** A terminal, and a package manager passing signals on, may deliver one key press twice. */
const echoMilliseconds = 300;

export class Interruption {
  #signal: Signal | undefined;
  #since = 0;
  readonly #onFirst: (signal: Signal) => void;
  readonly #ignoresHangup: boolean;

  /** Listens until it is disposed of. */
  constructor(onFirst: (signal: Signal) => void, ignoresHangup = hangupIsIgnored()) {
    this.#onFirst = onFirst;
    this.#ignoresHangup = ignoresHangup;
    for (const signal of signals) process.on(signal, this.receive);
  }

  /** What was received, if anything. */
  get signal(): Signal | undefined {
    return this.#signal;
  }

  /** What happens at a signal to this process, or to another that passes it on. */
  readonly receive = (signal: Signal): void => {
    if (signal === "SIGHUP" && this.#ignoresHangup) return;
    if (this.#signal === undefined) {
      this.#signal = signal;
      this.#since = performance.now();
      this.#onFirst(signal);
    } else if (performance.now() - this.#since > echoMilliseconds) {
      process.exit(exitCodes[signal]);
    }
  };

  [Symbol.dispose](): void {
    for (const signal of signals) process.off(signal, this.receive);
  }
}

const signals: readonly Signal[] = ["SIGHUP", "SIGINT", "SIGTERM"];

/**
 * Whether whoever started the program wants it to outlive its terminal, as `nohup` and `trap '' HUP` do. Node listens to the
 * signal again when it starts, so the program that started us is asked where it can be, on Linux.
 */
function hangupIsIgnored(): boolean {
  if (basename(process.env._ ?? "") === "nohup") return true; // What the shell started, before it became us.
  try {
    const status = readFileSync(`/proc/${process.ppid}/status`, "utf8");
    const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
    return (ignored & 1n) === 1n; // Bit n − 1 is signal n, and SIGHUP is 1.
  } catch {
    return false;
  }
}

/** By convention 128 and the signal's number. */
export function exitCodeOf(signal: Signal): number {
  return exitCodes[signal];
}
