/**
 * The common part of the two command lines: exit code 0 on success, and 2 for bad input, with one line that gives the reason.
 */
import { Command, CommanderError } from "@commander-js/extra-typings";

export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .exitOverride()
    .configureOutput({
      outputError: (message, write) =>
        write(
          `${name}: ${message
            .replace(/^error: /, "")
            .trim()
            .replaceAll(/\s*\n\s*/g, " ")}\n`,
        ),
    });
}

/** Runs `program` with what was typed after its name. Returns the exit code; faults of ours are thrown. */
export async function run(program: Command, words: readonly string[]): Promise<number> {
  // Package managers hand the `--` of `pnpm examples -- digits` through.
  const typed = words[0] === "--" ? words.slice(1) : words;
  try {
    await program.parseAsync(typed, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2; // It has written its line itself.
  }
}
