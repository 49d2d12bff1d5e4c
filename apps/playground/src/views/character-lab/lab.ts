/** The character lab's state and what the visitor can do to it: asks the engine, keeps the answers as signals. */
import { computed, signal } from "@preact/signals";
import type { EngineClient } from "../../engine/client.ts";
import type { CellName, ModelSummary, Reading, TrainingReport } from "../../engine/protocol.ts";
import { messageOf } from "../../failure.ts";
import { hello } from "./examples.ts";
import { LossHistory } from "./loss-history.ts";
import { beginningOf, lengthOf, problemOf } from "./training-text.ts";

export type Phase = "ready" | "starting" | "training" | "paused";

/** What the network wrote after a prompt. */
export interface Writing {
  readonly prompt: string;
  readonly greedy: string;
  readonly drawn: string;
  /** That `drawn` was drawn at. */
  readonly temperature: number;
}

/** Milliseconds between two looks into the network while it trains. */
const lookInterval = 400;
/** Characters: what is read for the heatmap, and what is written when the text is longer than that. */
const longestReading = 64;
const longestWriting = 150;

export class Lab {
  readonly text = signal(hello.text);
  readonly cell = signal<CellName>("LSTM");
  readonly hidden = signal(16);
  readonly learningRate = signal(0.01);
  readonly temperature = signal(0.8);
  /** Empty stands for the text's first character. */
  readonly prompt = signal("");

  readonly phase = signal<Phase>("ready");
  readonly summary = signal<ModelSummary | undefined>(undefined);
  readonly report = signal<TrainingReport | undefined>(undefined);
  readonly course = signal(new LossHistory().series());
  readonly writing = signal<Writing | undefined>(undefined);
  /** Why there is no writing, such as a prompt with unknown characters. */
  readonly writingProblem = signal<string | undefined>(undefined);
  readonly reading = signal<Reading | undefined>(undefined);

  /** Whether the text is longer than what is read and written of it at a time. */
  readonly isLong = computed(() => lengthOf(this.text.value) > longestReading);
  readonly textProblem = computed(() => problemOf(this.text.value));

  readonly #engine: EngineClient;
  readonly #onFailure: (error: unknown) => void;
  #history = new LossHistory();
  /** Counts resets, so that answers for a model that is gone are dropped; also the seed of the next one. */
  #generation = 1;
  #looking = false;
  #lookAgain = false;
  #lastLook = 0;

  constructor(engine: EngineClient, onFailure: (error: unknown) => void) {
    this.#engine = engine;
    this.#onFailure = onFailure;
  }

  /** Makes the model that the choices describe and trains it; does nothing while the text has a problem. */
  async train(): Promise<void> {
    if (this.phase.value !== "ready" || this.textProblem.value !== undefined) return;
    const generation = this.#generation;
    this.phase.value = "starting";
    try {
      const summary = await this.#engine.start({
        text: this.text.value,
        cell: this.cell.value,
        hidden: this.hidden.value,
        learningRate: this.learningRate.value,
        seed: generation,
      });
      if (generation !== this.#generation) return;
      this.summary.value = summary;
    } catch (error) {
      if (generation === this.#generation) this.phase.value = "ready";
      this.#onFailure(error);
      return;
    }
    await this.resume();
  }

  /** Trains on until `pause`, `reset`, or a failure. */
  async resume(): Promise<void> {
    const generation = this.#generation;
    this.phase.value = "training";
    try {
      await this.#engine.resume((report) => {
        if (generation === this.#generation) this.#receive(report);
      });
    } catch (error) {
      this.#onFailure(error);
    }
    if (generation !== this.#generation) return;
    this.phase.value = "paused";
    this.look();
  }

  async pause(): Promise<void> {
    await this.#ask(() => this.#engine.pause());
  }

  /** Forgets the model; the choices stay. */
  async reset(): Promise<void> {
    this.#generation++;
    this.#history = new LossHistory();
    this.phase.value = "ready";
    this.summary.value = undefined;
    this.report.value = undefined;
    this.course.value = this.#history.series();
    this.writing.value = undefined;
    this.writingProblem.value = undefined;
    this.reading.value = undefined;
    await this.pause();
  }

  async setLearningRate(rate: number): Promise<void> {
    this.learningRate.value = rate;
    if (this.summary.value !== undefined) await this.#ask(() => this.#engine.setLearningRate(rate));
  }

  setTemperature(temperature: number): void {
    this.temperature.value = temperature;
    this.look();
  }

  setPrompt(prompt: string): void {
    this.prompt.value = prompt;
    this.look();
  }

  /** Asks the network what it writes and thinks now. Calls while one is under way are answered by one more after it. */
  look(): void {
    if (this.summary.value === undefined) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = true;
    this.#look()
      .catch(this.#onFailure)
      .finally(() => {
        this.#looking = false;
        this.#lastLook = performance.now();
        if (!this.#lookAgain) return;
        this.#lookAgain = false;
        this.look();
      });
  }

  async #look(): Promise<void> {
    const generation = this.#generation;
    const text = this.text.value;
    const reading = await this.#engine.hiddenStates(beginningOf(text, longestReading));
    if (generation !== this.#generation) return;
    this.reading.value = reading;
    const prompt = this.prompt.value === "" ? beginningOf(text, 1) : this.prompt.value;
    const rest = this.isLong.value ? longestWriting : Math.max(1, lengthOf(text) - lengthOf(prompt));
    const temperature = this.temperature.value;
    try {
      const greedy = await this.#engine.sample(prompt, 0, rest);
      const drawn = await this.#engine.sample(prompt, temperature, rest);
      if (generation !== this.#generation) return;
      this.writing.value = { prompt, greedy, drawn, temperature };
      this.writingProblem.value = undefined;
    } catch (error) {
      if (generation === this.#generation) this.writingProblem.value = messageOf(error);
    }
  }

  #receive(report: TrainingReport): void {
    this.#history.push(report.losses, report.gradientNorms);
    this.course.value = this.#history.series();
    this.report.value = report;
    if (performance.now() - this.#lastLook > lookInterval) this.look();
  }

  async #ask(question: () => Promise<void>): Promise<void> {
    try {
      await question();
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
