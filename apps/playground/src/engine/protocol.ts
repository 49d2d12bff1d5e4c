/** The messages between the page and the engine's worker: plain data only, so that no tensor leaves the worker. */
import type { Answer, Argument, Question } from "./questions.ts";
import type { RunSettings } from "./settings.ts";
import type { Elements } from "./tasks/task.ts";

export interface RunSummary {
  readonly input: Elements;
  readonly output: Elements;
  /** Positions of the cursor. */
  readonly length: number;
  readonly parameterCount: number;
  /** Sequences side by side in a step. */
  readonly batch: number;
  /** Time steps that the gradient flows back through. */
  readonly window: number;
  /** The backend that computes: "wasm", or "cpu" where WebAssembly may not be compiled. */
  readonly backend: string;
  /** The loss of the first batch before any step, as the first step will report it. */
  readonly firstLoss: number;
  /** What simple predictors lose, in the unit of the losses. */
  readonly baselines: readonly Baseline[];
  /** The position from which on the data are not trained on; undefined where all are. */
  readonly heldOutFrom: number | undefined;
}

/** A predictor that learns nothing, to measure a network by. */
export interface Baseline {
  readonly name: string;
  readonly loss: number;
}

/** The loss on data that are not trained on, after some steps. */
export interface HeldOutLoss {
  readonly step: number;
  readonly loss: number;
}

/** How training is paced: ten steps a second, sixty, or as many as the machine can. */
export type Speed = "slow" | "fast" | "full";

/** What happened since the last report. */
export interface TrainingReport {
  /** Steps taken since the start. */
  readonly step: number;
  /** Of each new step: bits per character, or the mean squared error. */
  readonly losses: Float32Array;
  /** Of each new step, before clipping. */
  readonly gradientNorms: Float32Array;
  /** Measured since the last report, where the task has data for it. */
  readonly heldOut: readonly HeldOutLoss[];
  /** Over the last two seconds of training; 0 while it cannot be said. */
  readonly stepsPerSecond: number;
  /** The steps that `seek` can go to, in order: the first, powers of two, the present one and the furthest. */
  readonly saved: readonly number[];
}

/** Where training is to end, which it goes to at full speed. */
export interface Goal {
  readonly step: number;
  /** Whether it ends before, as soon as the task is solved. */
  readonly orSolved: boolean;
}

/** Why training came to an end. */
export type Stop = "paused" | "solved";

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** All that a run needs to go on from a step as if it had never stopped. */
export interface Snapshot {
  readonly step: number;
  /** By Parameter, as in the model's `stateDict`. */
  readonly weights: Readonly<Record<string, NamedArray>>;
  readonly optimizer: Readonly<Record<string, NamedArray>>;
  /** The hidden state that the next step begins with: per layer, by name. */
  readonly carried: readonly Readonly<Record<string, NamedArray>>[];
  readonly generator: NamedArray;
}

/** What a run can start from: a snapshot, or the weights of a model that was trained elsewhere. */
export type StartingPoint = Pick<Snapshot, "step" | "weights"> & Partial<Snapshot>;

/** The worker's methods, as the page sees them through comlink: each also rejects with the engine's own error. */
export interface EngineApi {
  /** Makes a new model, untrained or as in `from`, in place of any before; nothing trains until `train`. */
  start(settings: RunSettings, from?: StartingPoint): Promise<RunSummary>;
  /** Takes one step. */
  stepOnce(): Promise<TrainingReport>;
  /**
   * Trains until `pause`, `start`, or the task is solved; with `goal`, to there at full speed. Rejects with what
   * went wrong. Never waits for the page: `reports` gets what happened, as `TrainingReport`s, and undefined after the last.
   */
  train(speed: Speed, reports: MessagePort, goal?: Goal): Promise<Stop>;
  pause(): void;
  setSpeed(speed: Speed): void;
  /** Gives the step from which it holds. */
  setLearningRate(rate: number): number;
  /** Goes back (or forward) to a saved step, and pauses. */
  seek(step: number): TrainingReport;
  /** Back to where training began, with the same seed, and pauses. */
  rewind(): TrainingReport;
  snapshot(): Snapshot;
  /** Asks about the model as it is now; answered between two steps. */
  ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>>;
}
