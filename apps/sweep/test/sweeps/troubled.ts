/** Trials of every fate: a value, NaN, an infinity, an error, a process that ends or is killed once. With HOLD set, trial 0 waits in its first attempt. */
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineSweep } from "@tapegrad/sweep";

export const sweep = defineSweep({
  space: { fate: { grid: ["two", "one", "NaN", "Infinity", "throws", "ends", "killed"] } },
  trials: 7,
  budget: 1,
  rungs: 2,
  factor: 2,
  async train({ parameters: { fate }, save, resume }) {
    const { HOLD: hold } = process.env;
    if (fate === "two" && hold !== undefined && resume === undefined) {
      await save(new Uint8Array(1));
      writeFileSync(hold, "");
      while (existsSync(hold)) await sleep(50);
    }
    if (fate === "throws") throw new RangeError("too much");
    if (fate === "ends") process.exit(3);
    if (fate === "killed" && resume === undefined) {
      await save(new Uint8Array(1));
      process.kill(process.pid, "SIGKILL");
    }
    return { two: 2, one: 1, killed: 3, NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY }[fate];
  },
});
