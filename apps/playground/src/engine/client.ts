/** The page's side of the engine: promises in front of a worker, which is in a sandbox if the cell is the visitor's own. */
import { type Remote, transfer } from "comlink";
import { Calls } from "./calls.ts";
import { openWorker } from "./host.ts";
import { ownSource } from "./own-cell/templates.ts";
import type { EngineApi, Goal, RunSummary, Snapshot, Speed, StartingPoint, Stop, TrainingReport } from "./protocol.ts";
import type { Answer, Argument, Question } from "./questions.ts";
import type { RunSettings } from "./settings.ts";

export class EngineClient {
  readonly #onEnd: (error: Error) => void;
  /** What is in the host: the source of a cell, or undefined for what comes with the page. */
  #source: string | undefined;
  #calls: Calls<EngineApi>;
  #starts = 0;

  /** Starts a worker. `onEnd` hears when it ends by itself: a script that did not load, a cell that took too long. */
  constructor(onEnd: (error: Error) => void) {
    this.#onEnd = onEnd;
    this.#calls = new Calls(openWorker, onEnd);
  }

  /** Code that the page does not trust has a host of its own, which takes the place of the present one when the model is made. */
  async start(settings: RunSettings, from?: StartingPoint): Promise<RunSummary> {
    const begun = ++this.#starts;
    const source = settings.cell === "own" ? ownSource(settings) : undefined;
    if (source === this.#source && !this.#calls.hasEnded) return this.#call((remote) => remote.start(settings, from));
    const open = source === undefined ? openWorker : (await import("./sandbox/sandbox.ts")).openSandbox;
    const calls: Calls<EngineApi> = new Calls(open, (error) => {
      if (this.#calls === calls) this.#onEnd(error);
    });
    try {
      const summary = await calls.call((remote) => remote.start(settings, from));
      if (begun !== this.#starts) throw new Error("engine: another run was started meanwhile");
      this.#calls.close();
      this.#calls = calls;
      this.#source = source;
      return summary;
    } catch (error) {
      calls.close();
      throw error;
    }
  }

  stepOnce(): Promise<TrainingReport> {
    return this.#call((remote) => remote.stepOnce());
  }

  /**
   * Reports come through a port, and not through a function for the worker to call: whoever can call a function of the page
   * can make others, and a sandbox holds code that the page does not trust.
   */
  async train(speed: Speed, onReport: (report: TrainingReport) => unknown, goal?: Goal): Promise<Stop> {
    const { port1, port2 } = new MessageChannel();
    const lastReport = new Promise<void>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<TrainingReport | undefined>) => {
        if (data === undefined) resolve();
        else onReport(data);
      };
    });
    try {
      const stop = await this.#call((remote) => remote.train(speed, transfer(port2, [port2]), goal));
      await lastReport;
      return stop;
    } finally {
      port1.close();
    }
  }

  async pause(): Promise<void> {
    await this.#call((remote) => remote.pause());
  }

  async setSpeed(speed: Speed): Promise<void> {
    await this.#call((remote) => remote.setSpeed(speed));
  }

  setLearningRate(rate: number): Promise<number> {
    return this.#call((remote) => remote.setLearningRate(rate));
  }

  seek(step: number): Promise<TrainingReport> {
    return this.#call((remote) => remote.seek(step));
  }

  rewind(): Promise<TrainingReport> {
    return this.#call((remote) => remote.rewind());
  }

  snapshot(): Promise<Snapshot> {
    return this.#call((remote) => remote.snapshot());
  }

  /** The one cast: comlink's mapped types lose the connection between a question and its answer. */
  ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    return this.#call((remote) => remote.ask(question, argument as never) as Promise<Answer<Name>>);
  }

  /** Ends the worker. */
  close(): void {
    this.#calls.close();
  }

  #call<Result>(make: (remote: Remote<EngineApi>) => Promise<Result>): Promise<Result> {
    return this.#calls.call(make);
  }
}
