/** Writes `dist/worker.js`: what workers run, as a file that a page can serve. */
import { writeFileSync } from "node:fs";
import { workerCode } from "../src/threads/worker-code.ts";

writeFileSync(new URL("../dist/worker.js", import.meta.url), workerCode);
