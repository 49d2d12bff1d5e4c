/** What the page and the engine's worker say to each other: plain data only, so that no tensor ever leaves the worker. */

export const cellNames = ["RNN", "LSTM", "GRU"] as const;
export type CellName = (typeof cellNames)[number];

export interface TrainingConfig {
  readonly text: string;
  readonly cell: CellName;
  readonly hidden: number;
  readonly learningRate: number;
  /** Of the initial weights and of sampling: the same configuration trains the same way. */
  readonly seed: number;
}

export interface ModelSummary {
  /** The distinct characters of the text, by token. */
  readonly vocabulary: readonly string[];
  readonly parameterCount: number;
  /** Sequences side by side in a step. */
  readonly batch: number;
  /** Time steps that the gradient flows back through. */
  readonly window: number;
}

/** What happened since the last report. */
export interface TrainingReport {
  /** Steps taken since the start. */
  readonly step: number;
  /** Of each new step, in bits per character. */
  readonly losses: Float32Array;
  /** Of each new step, before clipping. */
  readonly gradientNorms: Float32Array;
  readonly stepsPerSecond: number;
}

/** The network's state and forecast after each character of a text that it reads from the beginning. */
export interface Reading {
  readonly characters: readonly string[];
  readonly units: number;
  /** [time, unit], each in (−1, 1). */
  readonly hidden: Float32Array;
  readonly vocabulary: readonly string[];
  /** [time, token]: the probability that `token` comes next. */
  readonly probabilities: Float32Array;
}

/** The worker's methods, as the page sees them through comlink: each also rejects with the engine's own error. */
export interface EngineApi {
  /** Makes a new, untrained model of `config`, in place of any before; nothing trains until `resume`. */
  start(config: TrainingConfig): Promise<ModelSummary>;
  /** Trains until `pause` or `start`, then resolves; rejects with what went wrong. Waits for `onReport` between slices. */
  resume(onReport: (report: TrainingReport) => unknown): Promise<void>;
  pause(): void;
  setLearningRate(rate: number): void;
  /** `length` characters that the network writes after `prompt`; temperature 0 takes the most likely each time. */
  sample(prompt: string, temperature: number, length: number): string;
  hiddenStates(text: string): Reading;
}
