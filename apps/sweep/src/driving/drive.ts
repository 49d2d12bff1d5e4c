/** Drives a sweep: rung after rung, each decided when all its trials have finished. Known results are not computed again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Described } from "../results/results-file.ts";
import { budgetOf, sizeOf, survivors } from "./halving.ts";
import type { Result, Task, TrialQueue } from "./trial-queue.ts";

/** Between two looks at the queue. */
const usualPause = 200;
/** Looks after which tasks are added again: nothing changes by that unless Redis has lost them. */
const looksPerRound = 50;

export interface Watcher {
  /** New results, to be kept before anything is made of them. */
  keep(results: readonly Result[]): Promise<void>;
  /** Called at every look: how many tasks of the rung have finished. @throws Error to end the sweep. */
  look(rung: number, done: number, size: number): Promise<void>;
}

export class Driver {
  readonly #described: Described;
  readonly #queue: Pick<TrialQueue, "add" | "finished">;
  readonly #watcher: Watcher;
  readonly #pause: number;
  readonly #results = new Map<string, Result>();

  constructor(
    described: Described,
    queue: Pick<TrialQueue, "add" | "finished">,
    known: readonly Result[],
    watcher: Watcher,
    pause = usualPause,
  ) {
    this.#described = described;
    this.#queue = queue;
    this.#watcher = watcher;
    this.#pause = pause;
    for (const result of known) this.#results.set(keyOf(result), result);
  }

  get results(): readonly Result[] {
    return [...this.#results.values()];
  }

  /** Returns when the last rung is there, or when `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { sweep, plan } = this.#described;
    let trials = plan.parameters.map((_, trial) => trial);
    for (let rung = 0; rung < sweep.rungs && trials.length > 0 && !signal.aborted; rung++) {
      const tasks = trials.map(
        (trial): Task => ({
          trial,
          rung,
          parameters: plan.parameters[trial] ?? {},
          budget: budgetOf(sweep, rung),
        }),
      );
      const outcomes = await this.#finish(rung, tasks, signal);
      if (signal.aborted) return;
      trials = survivors(outcomes, sizeOf(sweep, rung + 1));
    }
  }

  /** Keeps what has finished since the last call. */
  async collect(): Promise<void> {
    const finished = (await this.#queue.finished()) ?? [];
    const fresh = finished.filter((result) => !this.#results.has(keyOf(result)));
    await this.#watcher.keep(fresh);
    for (const result of fresh) this.#results.set(keyOf(result), result);
  }

  async #finish(rung: number, tasks: readonly Task[], signal: AbortSignal): Promise<Result[]> {
    await this.collect();
    for (let look = 0; ; look++) {
      if (look % looksPerRound === 0) await this.#queue.add(tasks.filter((task) => !this.#results.has(keyOf(task))));
      const results = tasks.flatMap((task) => this.#results.get(keyOf(task)) ?? []);
      await this.#watcher.look(rung, results.length, tasks.length);
      if (results.length === tasks.length || signal.aborted) return results;
      await sleep(this.#pause);
      await this.collect();
    }
  }
}

const keyOf = ({ trial, rung }: Pick<Task, "trial" | "rung">) => `${rung} ${trial}`;
