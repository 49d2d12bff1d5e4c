/** Runs a program of commands: errors become one line on standard error, and an exit code. */
import { type Command, CommanderError } from "@commander-js/extra-typings";
import { CommandError } from "./command-error.ts";
import { standardError, standardOutput } from "./output.ts";
import { visible } from "./visible.ts";
import { wrapWords } from "./wrapping.ts";

export interface ProgramOptions {
  /** The first word of every line of error. */
  readonly name: string;
  /** What an error that is no CommandError means to the user; undefined for a fault of ours, which is thrown. */
  readonly explain: (error: unknown) => CommandError | undefined;
}

/**
 * Runs `program`, which reports by `setExitCode` how its command went, with what was typed after its name. Returns the exit
 * code: 2 for bad input.
 */
export async function runProgram(
  make: (setExitCode: (code: number) => void) => Pick<Command, "parseAsync" | "exitOverride" | "configureOutput">,
  words: readonly string[],
  { name, explain }: ProgramOptions,
): Promise<number> {
  let exitCode = 0;
  const program = make((code) => {
    exitCode = code;
  });
  try {
    // Package managers hand the `--` of `pnpm start -- train` through.
    await program.parseAsync(words[0] === "--" ? words.slice(1) : words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // It has written its line itself.
    const fault = error instanceof CommandError ? error : explain(error);
    if (fault === undefined) throw error;
    standardError.write(errorLine(name, fault.message));
    return fault.exitCode;
  }
}

/** What commander writes, and where: to streams that may break, errors as those of `runProgram`. */
export function commanderOutput(name: string) {
  return {
    writeOut: (text: string) => standardOutput.write(text),
    writeErr: (text: string) => standardError.write(text),
    outputError: (message: string, write: (text: string) => void) =>
      write(errorLine(name, message.replace(/^error: /, ""))),
  };
}

function errorLine(name: string, message: string): string {
  const line = `${name}: ${visible(message.trim().replaceAll(/\s*\n\s*/g, " "))}`;
  return `${wrapWords(line, standardError.columns)}\n`;
}
