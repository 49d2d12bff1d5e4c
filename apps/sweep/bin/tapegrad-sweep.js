#!/usr/bin/env node
/** The command `tapegrad-sweep`, which is on the path before the program is built: installing links it. */
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write("tapegrad-sweep: the program is not built yet; run npx -y pnpm@12 build\n");
  process.exitCode = 1;
}
