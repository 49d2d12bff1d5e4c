/** One run as the page knows it: its settings, its course, the cursor, the chosen unit; everything that lenses share. */
import { batch, computed, signal } from "@preact/signals";
import { EngineClient } from "../engine/client.ts";
import type { RunSummary, Snapshot, Speed, TrainingReport } from "../engine/protocol.ts";
import type { Answer, Argument, Question } from "../engine/questions.ts";
import { defaultSettings, type RunSettings } from "../engine/settings.ts";
import { messageOf } from "../failure.ts";
import { LossHistory } from "./loss-history.ts";

/** `starting` until the model is there; `failed` when the engine refuses the settings or training broke down. */
export type Phase = "starting" | "ready" | "training" | "failed";

export interface ChosenUnit {
  readonly layer: number;
  readonly unit: number;
}

export class Run {
  readonly settings = signal<RunSettings>(defaultSettings);
  readonly phase = signal<Phase>("starting");
  /** Why the phase is "failed", for the visitor. */
  readonly problem = signal<string | undefined>(undefined);
  readonly summary = signal<RunSummary | undefined>(undefined);
  readonly step = signal(0);
  readonly stepsPerSecond = signal(0);
  readonly saved = signal<readonly number[]>([]);
  readonly course = signal(new LossHistory().series());
  /** Whether training ended by itself, because there is nothing left to learn. */
  readonly solved = signal(false);
  readonly speed = signal<Speed>("slow");
  /** The position in the data that all lenses look at. */
  readonly cursor = signal(0);
  readonly unit = signal<ChosenUnit>({ layer: 0, unit: 0 });
  /** Grows whenever the model is another one than before: after steps, a seek, a start. What was asked before is then old. */
  readonly version = signal(0);
  readonly isTraining = computed(() => this.phase.value === "training");

  readonly #engine: EngineClient;
  readonly #onFailure: (error: unknown) => void;
  #history = new LossHistory();
  /** Counts starts, so that what comes from a model that is gone is dropped. */
  #generation = 0;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
    this.#engine = new EngineClient(onFailure);
  }

  /** Makes the model that the settings describe, untrained or as in `snapshot`. */
  async start(settings: RunSettings = this.settings.value, snapshot?: Snapshot): Promise<void> {
    const generation = ++this.#generation;
    this.settings.value = settings;
    this.phase.value = "starting";
    this.problem.value = undefined;
    try {
      const summary = await this.#engine.start(settings, snapshot);
      if (generation !== this.#generation) return;
      batch(() => {
        this.#forgetCourse();
        this.summary.value = summary;
        this.step.value = snapshot?.step ?? 0;
        this.saved.value = [this.step.value];
        this.cursor.value = Math.min(this.cursor.value, summary.length - 1);
        this.unit.value = { layer: 0, unit: 0 };
        this.phase.value = "ready";
        this.version.value++;
      });
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  /** Changes settings; all but the learning rate make the model anew. */
  async configure(change: Partial<RunSettings>): Promise<void> {
    const settings = { ...this.settings.value, ...change };
    const { learningRate, ...rest } = change;
    if (Object.keys(rest).length > 0) return this.start(settings);
    this.settings.value = settings;
    if (learningRate !== undefined) await this.#engine.setLearningRate(learningRate).catch(this.#onFailure);
  }

  /** Trains until `pause`, until the task is solved, or until something fails. */
  async train(): Promise<void> {
    if (this.phase.value !== "ready") return;
    const generation = this.#generation;
    batch(() => {
      this.phase.value = "training";
      this.solved.value = false;
    });
    try {
      const stop = await this.#engine.train(this.speed.value, (report) => {
        if (generation === this.#generation) this.#receive(report);
      });
      if (generation !== this.#generation) return;
      this.solved.value = stop === "solved";
      this.phase.value = "ready";
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  async pause(): Promise<void> {
    await this.#engine.pause().catch(this.#onFailure);
  }

  async stepOnce(): Promise<void> {
    if (this.phase.value !== "ready") return;
    await this.#take(() => this.#engine.stepOnce());
  }

  /** Back to step 0 of the same seed. */
  async rewind(): Promise<void> {
    await this.start();
  }

  /** Goes to a saved step; the course is kept up to there. */
  async seek(step: number): Promise<void> {
    await this.#take(() => this.#engine.seek(step));
  }

  async setSpeed(speed: Speed): Promise<void> {
    this.speed.value = speed;
    if (this.isTraining.value) await this.#engine.setSpeed(speed).catch(this.#onFailure);
  }

  snapshot(): Promise<Snapshot> {
    return this.#engine.snapshot();
  }

  ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    return this.#engine.ask(question, argument);
  }

  close(): void {
    this.#generation++;
    this.#engine.close();
  }

  async #take(move: () => Promise<TrainingReport>): Promise<void> {
    const generation = this.#generation;
    try {
      const report = await move();
      if (generation === this.#generation) this.#receive(report);
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    }
  }

  #receive({ step, losses, gradientNorms, stepsPerSecond, saved }: TrainingReport): void {
    batch(() => {
      this.#history.push(losses, gradientNorms);
      this.course.value = this.#history.series();
      this.stepsPerSecond.value = stepsPerSecond;
      this.saved.value = saved;
      if (this.step.value !== step) this.version.value++;
      this.step.value = step;
    });
  }

  #forgetCourse(): void {
    this.#history = new LossHistory();
    this.course.value = this.#history.series();
    this.stepsPerSecond.value = 0;
    this.solved.value = false;
  }

  #fail(error: unknown): void {
    this.problem.value = messageOf(error);
    this.phase.value = "failed";
  }
}
