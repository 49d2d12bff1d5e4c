/** Training steps on WebGPU in Node, beside PyTorch on CUDA: same weights, same data, same losses, in turn. */
import { type Backend, type Tensor, withBackend } from "tapegrad";
import { countCommands } from "./count-commands.ts";
import { checkLosses, comparedSteps, describeTask } from "./lstm.ts";
import type { Peer } from "./peer.ts";
import type { Log } from "./report.ts";
import { milliseconds, type Table, times } from "./table.ts";
import type { Task } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { type Runner, ratioOf, takeTurns } from "./turns.ts";

export interface GpuStepOptions {
  readonly backend: Backend;
  /** The classes of WebGPU by name, for counting. */
  readonly platform: object;
  readonly tasks: readonly Task[];
  /** Absent where there is no CUDA. */
  readonly pytorch: Peer | undefined;
  /** Seconds for each task. */
  readonly seconds: number;
}

/** A step with the weights and data of `reference`, on `backend`. */
export async function stepOn(backend: Backend, task: Task, reference: TrainingStep): Promise<TrainingStep> {
  const weights: Record<string, Tensor> = {};
  for (const [name, weight] of Object.entries(reference.weights())) weights[name] = await weight.to(backend);
  return withBackend(backend, () => new TrainingStep(task, { weights }));
}

function runnerOf(step: TrainingStep): Runner {
  return {
    run: async (steps) => {
      const samples: number[] = [];
      for (let i = 0; i < steps; i++) {
        const began = performance.now();
        await step.advanceAndRead();
        samples.push(performance.now() - began);
      }
      return samples;
    },
  };
}

async function measure(task: Task, { backend, platform, pytorch, seconds }: GpuStepOptions): Promise<string[]> {
  const reference = new TrainingStep(task);
  const step = await stepOn(backend, task, reference);
  await pytorch?.prepare(task, reference);
  const losses = Array.from({ length: comparedSteps }, () => reference.advance());

  const began = performance.now();
  const own = [await step.advanceAndRead()];
  const firstCall = performance.now() - began;
  const { dispatches, submits } = await countCommands(async () => own.push(await step.advanceAndRead()), platform);
  while (own.length < comparedSteps) own.push(await step.advanceAndRead());
  checkLosses(`${task.name} on WebGPU`, own, losses);
  if (pytorch !== undefined) checkLosses(`${task.name}, PyTorch`, (await pytorch.steps(comparedSteps)).losses, losses);

  const runners = [runnerOf(step), ...(pytorch === undefined ? [] : [pytorch])];
  const [mine, theirs] = await takeTurns(runners, {
    turn: 150,
    warmUp: 100 * seconds,
    warmUpRounds: 1,
    budget: 1000 * seconds,
  });
  if (mine === undefined) throw new Error("one runner at least was timed");
  const comparison = theirs === undefined ? ["–", "–"] : [milliseconds(theirs.median), times(ratioOf(mine, theirs))];
  const found = [milliseconds(mine.median), milliseconds(firstCall), String(dispatches), String(submits)];
  return [describeTask(task), ...found, ...comparison];
}

/** Each row is printed by `log` as soon as it is there. */
export async function measureGpuSteps(options: GpuStepOptions, log: Log): Promise<Table> {
  const columns = ["training step", "tapegrad", "first call", "dispatches", "submits", "PyTorch", "ratio"];
  const rows: string[][] = [];
  for (const task of options.tasks) {
    const row = await measure(task, options);
    log(row.join(" | "));
    rows.push(row);
  }
  const note = `Embedding V×H, one LSTM layer of H, linear H×V, cross entropy, Adam; float32, PyTorch's without TF32. A step reads its loss.
Medians over steps after warm-up; the ratio, tapegrad ÷ PyTorch (below 1, tapegrad is faster), is the median over rounds.
Losses of the first ${comparedSteps} steps are compared with those of WebAssembly, to 1e-4 of their size.`;
  return { title: "Training steps on WebGPU", note, columns, rows };
}
