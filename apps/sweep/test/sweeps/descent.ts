/** Gradient descent on (y − 1)², saved after every step. With HOLD set, trial 5 waits at step 3 of its first attempt. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { defineSweep } from "@tapegrad/sweep";
import { Adam, decodeTensors, encodeTensors, Parameter, square, sub, Tape } from "tapegrad";

export const sweep = defineSweep({
  space: {
    start: { uniform: [-3, 3] },
    learningRate: { logUniform: [1e-3, 0.3] },
    beta: { choice: [0.5, 0.9] },
    floor: { grid: [0, 0.5] },
  },
  trials: 16,
  budget: 5,
  rungs: 2,
  factor: 4,
  seed: 7,
  async train({ trial, parameters: { start, learningRate, beta, floor }, budget, resume, save }) {
    const y = new Parameter(start);
    const optimizer = new Adam([y], { learningRate, betas: [beta, 0.999] });
    let step = 0;
    if (resume !== undefined) {
      const { value, ...state } = decodeTensors(resume);
      if (value === undefined) throw new Error("the state has no value");
      y.assign(value);
      optimizer.loadStateDict(state);
      step = Number(await optimizer.stateDict().steps?.item());
    }
    console.log(`from step ${step} to ${budget}`);
    while (step < budget) {
      const tape = new Tape();
      const loss = tape.record(() => square(sub(y, 1)));
      optimizer.step(tape.gradient(loss, [y]));
      step++;
      await save(await encodeTensors({ ...optimizer.stateDict(), value: y.value }));
      if (process.env.HOLD !== undefined && trial === 5 && step === 3 && resume === undefined) {
        await writeFile(process.env.HOLD, String(process.ppid));
        for (;;) await sleep(1000);
      }
    }
    return (await square(sub(y, 1)).item()) + floor;
  },
});
