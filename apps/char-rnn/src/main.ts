#!/usr/bin/env node
/** The program's entry: exit code 0 when all is well, 2 for bad input, 1 for a failure, 128 + n after signal n. */
import { run } from "./commands/command-line.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0); // Whoever read our samples, such as `head`, has had enough.
});

process.exitCode = await run(process.argv.slice(2));
