/** The entry of `pnpm examples`. */
import { run } from "./command.ts";
import { examplesCommand } from "./examples-command.ts";

const [, , ...words] = process.argv;
process.exitCode = await run(examplesCommand(), words.length === 0 ? ["--help"] : words);
