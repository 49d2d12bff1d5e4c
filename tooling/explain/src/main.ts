/**
 * `pnpm explain <cell or file> [--text] [--bisect]`: shows how the compiler changes a training step of a layer, or the function
 * that a file exports. `--text` adds the Program after every pass; `--bisect` finds the first pass that changes its values.
 */
import { parseArgs } from "node:util";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { print, setBackend } from "@tapegrad/core";
import { target } from "../../../packages/backend-wasm/src/program/target.ts";
import { firstFault } from "./bisect.ts";
import { explain } from "./explain.ts";
import { cells, subjectOf } from "./subjects.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { text: { type: "boolean", default: false }, bisect: { type: "boolean", default: false } },
});
const [name] = positionals;
if (name === undefined) {
  console.error(`pnpm explain <${cells.join(" | ")} | file.ts> [--text] [--bisect]`);
  process.exitCode = 1;
} else {
  setBackend(cpuBackend);
  const { program, inputs } = await subjectOf(name);
  if (values.bisect) {
    const fault = firstFault(program, inputs);
    if (fault === undefined) console.log("After every pass, the values are those of the Program as recorded.");
    else {
      console.log(
        `${fault.name}: ${fault.problem}\n\nbefore:\n${print(fault.before)}\n\nafter:\n${print(fault.after)}`,
      );
      process.exitCode = 1;
    }
  } else for (const line of explain(program, { target, text: values.text })) console.log(line);
}
