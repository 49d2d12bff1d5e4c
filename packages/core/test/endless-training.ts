/** Reads a loss again and again, as a training loop does, until a signal arrives: run by a test. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, tensor } from "../src/index.ts";

setBackend(cpuBackend);
process.on("SIGINT", () => process.exit(7));
console.log("training");
const loss = tensor(1);
for (;;) await loss.item();
