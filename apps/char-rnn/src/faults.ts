/** Turns errors into faults that are explained to the user. */
import { CommandError } from "@tapegrad/command-line";
import { BackendError } from "tapegrad";

/** Undefined when `error` is a fault of ours, or of another process. */
export function faultOf(error: unknown): CommandError | undefined {
  return error instanceof CommandError ? error : memoryFault(error);
}

/** Sizes that the options allow may still be more than there is. */
export function memoryFault(error: unknown): CommandError | undefined {
  const isOutOfMemory =
    error instanceof Error &&
    /allocation failed|could not allocate|invalid (typed )?array (buffer )?length|out of memory|memory/i.test(
      error.message,
    ) &&
    (error instanceof RangeError || error instanceof BackendError);
  if (!isOutOfMemory) return undefined;
  const message = `there is not enough memory (${error.message}); use a smaller --batch, --window, --hidden or --layers`;
  return new CommandError(message, { exitCode: 1, cause: error });
}
