/** The page's side of the engine: a worker behind promises. */
import { proxy, type Remote, releaseProxy, wrap } from "comlink";
import type { EngineApi, RunSummary, Snapshot, Speed, Stop, TrainingReport } from "./protocol.ts";
import type { Answer, Argument, Question } from "./questions.ts";
import type { RunSettings } from "./settings.ts";

export class EngineClient {
  readonly #worker: Worker;
  readonly #remote: Remote<EngineApi>;

  /** Starts a worker. `onCrash` hears of what no promise can tell: a script that did not load, a message that cannot be read. */
  constructor(onCrash: (error: Error) => void) {
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "engine" });
    this.#worker.addEventListener("error", (event) => {
      onCrash(new Error(`engine: the worker stopped: ${event.message || "its script did not load"}; reload the page`));
    });
    this.#worker.addEventListener("messageerror", () => {
      onCrash(new Error("engine: a message from the worker could not be read; reload the page"));
    });
    this.#remote = wrap<EngineApi>(this.#worker);
  }

  start(settings: RunSettings, snapshot?: Snapshot): Promise<RunSummary> {
    return this.#remote.start(settings, snapshot);
  }

  stepOnce(): Promise<TrainingReport> {
    return this.#remote.stepOnce();
  }

  train(speed: Speed, onReport: (report: TrainingReport) => unknown, until?: number): Promise<Stop> {
    return this.#remote.train(speed, proxy(onReport), until);
  }

  async pause(): Promise<void> {
    await this.#remote.pause();
  }

  async setSpeed(speed: Speed): Promise<void> {
    await this.#remote.setSpeed(speed);
  }

  async setLearningRate(rate: number): Promise<void> {
    await this.#remote.setLearningRate(rate);
  }

  seek(step: number): Promise<TrainingReport> {
    return this.#remote.seek(step);
  }

  rewind(): Promise<TrainingReport> {
    return this.#remote.rewind();
  }

  snapshot(): Promise<Snapshot> {
    return this.#remote.snapshot();
  }

  /** The one cast: comlink's mapped types lose the connection between a question and its answer. */
  ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    return this.#remote.ask(question, argument as never) as Promise<Answer<Name>>;
  }

  /** Ends the worker. */
  close(): void {
    this.#remote[releaseProxy]();
    this.#worker.terminate();
  }
}
