/** An error that ends a command: one line for the user, and an exit code. */
import { getSystemErrorMessage } from "node:util";

export class CommandError extends Error {
  readonly exitCode: number;

  /** Exit code 2, the default, is for bad input; nothing has been overwritten then. */
  constructor(message: string, { exitCode = 2, ...options }: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.name = "CommandError";
    this.exitCode = exitCode;
  }
}

/** Runs `action`; a failure of the file system becomes a CommandError `what: no such file or directory`. */
export async function explainingFailures<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (!(cause instanceof Error && "errno" in cause && typeof cause.errno === "number")) throw cause;
    throw new CommandError(`${what}: ${getSystemErrorMessage(cause.errno)}`, { cause });
  }
}
