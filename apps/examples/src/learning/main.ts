/** The entry of `pnpm learn`. */
import { run } from "../command.ts";
import { learnCommand } from "./learn-command.ts";

process.exitCode = await run(learnCommand(), process.argv.slice(2));
