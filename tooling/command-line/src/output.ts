/** Standard output and error, which may break at any time: a pipe's reader ends, a disk is full, a terminal is closed. */
import type { WriteStream } from "node:tty";
import { getSystemErrorMessage } from "node:util";

export type Stream = Pick<WriteStream, "isTTY" | "columns"> & NodeJS.WritableStream;

/** Writes to a stream until that fails, and says so instead of ending the program. */
export class Output {
  readonly stream: Stream;
  #failure: NodeJS.ErrnoException | undefined;

  constructor(stream: Stream) {
    this.stream = stream;
    stream.on("error", this.#fail);
  }

  /** Whether the program at the other end has had enough, as `head` has. */
  get isClosed(): boolean {
    return this.#failure?.code === "EPIPE";
  }

  /** Why nothing is written any more. */
  get failure(): string | undefined {
    if (this.#failure === undefined) return undefined;
    const { errno, message } = this.#failure;
    return errno === undefined ? message : getSystemErrorMessage(errno);
  }

  get isTerminal(): boolean {
    return this.stream.isTTY && this.#failure === undefined;
  }

  /** Of the terminal; 0 where lines need not fit anything. A window may change its size. */
  get columns(): number {
    return this.isTerminal ? this.stream.columns : 0;
  }

  write(text: string): void {
    this.attempt(() => this.stream.write(text));
  }

  /** Something that writes to the stream. */
  attempt(write: () => void): void {
    if (this.#failure !== undefined) return;
    try {
      write();
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Writes nothing any more, as of a process that another one speaks for. */
  silence(): void {
    this.#fail(new Error("another process speaks"));
  }

  readonly #fail = (error: Error) => {
    this.#failure ??= error;
  };
}

export const standardOutput = new Output(process.stdout);
export const standardError = new Output(process.stderr);
