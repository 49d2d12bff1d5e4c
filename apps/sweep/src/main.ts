#!/usr/bin/env node
/** The program's entry: exit code 0 when all is well, 2 for bad input, 1 for a failure, 128 + n after signal n. */
import { run } from "./commands/command-line.ts";

process.exitCode = await run(process.argv.slice(2));
