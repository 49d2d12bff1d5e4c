/** One run as the page sees it: its settings, its losses, the cursor, the chosen unit: the state that lenses share. */
import { batch, computed, signal } from "@preact/signals";
import { EngineClient } from "../engine/client.ts";
import type {
  Goal,
  HeldOutLoss,
  RunSummary,
  Snapshot,
  Speed,
  StartingPoint,
  TrainingReport,
} from "../engine/protocol.ts";
import type { Answer, Argument, Question } from "../engine/questions.ts";
import { defaultSettings, type RunSettings } from "../engine/settings.ts";
import { messageOf } from "../failure.ts";
import { changedSettings } from "./changed-settings.ts";
import { type Course, LossHistory } from "./loss-history.ts";
import { startingPointOf } from "./starting-points.ts";
import { until } from "./until.ts";

/** `starting` until the model is there; `failed` when the engine refuses the first settings, or training broke down. */
export type Phase = "starting" | "ready" | "training" | "failed";

/** What a run that goes on after a reload had shown before. */
export interface Past {
  readonly course: Course;
  readonly heldOut: readonly HeldOutLoss[];
  readonly rates?: readonly EarlierRate[];
}

/** A learning rate that was another one than the present, and the step that it ended at. */
export interface EarlierRate {
  readonly rate: number;
  readonly until: number;
}

export interface ChosenUnit {
  readonly layer: number;
  readonly unit: number;
}

/** The speed from a step on, until the visitor chooses one: each of the first steps can be seen, then it gets on. */
const paces: readonly { readonly from: number; readonly speed: Speed }[] = [
  { from: 1000, speed: "full" },
  { from: 100, speed: "fast" },
  { from: 0, speed: "slow" },
];

export class Run {
  readonly settings = signal<RunSettings>(defaultSettings);
  readonly phase = signal<Phase>("starting");
  /** Why the phase is "failed", or why the last change was refused and what was there stayed; for the visitor. */
  readonly problem = signal<string | undefined>(undefined);
  readonly summary = signal<RunSummary | undefined>(undefined);
  readonly step = signal(0);
  /** The learning rates that it had before the present one, in order. */
  readonly rates = signal<readonly EarlierRate[]>([]);
  /** 0 unless it trains. */
  readonly stepsPerSecond = signal(0);
  /** The steps that `seek` can go to, in order. */
  readonly saved = signal<readonly number[]>([]);
  readonly course = signal<Course>(new LossHistory().series());
  /** In the order of the steps. */
  readonly heldOut = signal<readonly HeldOutLoss[]>([]);
  /** Whether training ended by itself, because there is nothing left to learn. */
  readonly solved = signal(false);
  readonly speed = signal<Speed>("slow");
  /** The position in the data that all lenses look at. */
  readonly cursor = signal(0);
  readonly unit = signal<ChosenUnit>({ layer: 0, unit: 0 });
  /** Grows whenever the model is another one than before: after steps, a seek, a start. What was asked before is then old. */
  readonly version = signal(0);
  readonly isTraining = computed(() => this.phase.value === "training");
  readonly #deciding = signal(0);
  /** Steps, seeks and rewinds under way. */
  readonly #moves = signal(0);
  /** Whether the run is about to be another one: what is asked of it meanwhile is done to that one. */
  readonly isComing = computed(() => this.#deciding.value > 0 || this.phase.value === "starting");

  readonly #engine: EngineClient;
  readonly #onFailure: (error: unknown) => void;
  #history = new LossHistory();
  #firstStep = 0;
  /** Counts starts, so that what comes from a model that is gone is dropped. */
  #generation = 0;
  #training: Promise<void> | undefined;
  #speedIsChosen = false;
  /** Whether the engine began with a later step than the first, and knows none before. */
  #isResumed = false;
  /** Where training is to end, if it is not paused or solved before. */
  #goal: Goal | undefined;
  /** Whether training stopped only because nobody sees the page. */
  #waitsToBeSeen = false;
  /** Questions under way, so that the same one is asked once. */
  readonly #asked = new Map<string, { version: number; answer: Promise<unknown> }>();

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
    // That a visitor's cell took too long is no failure of the page, but of this run.
    this.#engine = new EngineClient((error) => {
      if (this.settings.peek().cell === "own") this.#fail(error);
      else onFailure(error);
    });
    document.addEventListener("visibilitychange", this.#onVisibility);
  }

  /**
   * Makes the model that the settings describe, at its step 0 or as in `from`, with what is known of its past. What the engine
   * refuses changes nothing.
   */
  async start(settings: RunSettings = this.settings.value, from?: StartingPoint, past?: Past): Promise<void> {
    const generation = ++this.#generation;
    const present = this.summary.value === undefined ? undefined : this.settings.value;
    batch(() => {
      this.settings.value = settings;
      this.phase.value = "starting";
      this.problem.value = undefined;
      this.stepsPerSecond.value = 0;
    });
    await this.#settle();
    if (generation !== this.#generation) return;
    try {
      const point = from ?? (await startingPointOf(settings.weights));
      const summary = await this.#engine.start(settings, point);
      if (generation !== this.#generation) return;
      batch(() => {
        this.summary.value = summary;
        this.#isResumed = (from?.step ?? 0) > 0;
        this.#begin(from?.step ?? 0, past);
        this.cursor.value = Math.min(this.cursor.value, summary.length - 1);
        this.unit.value = { layer: 0, unit: 0 };
      });
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#fail(error);
      if (present === undefined) return;
      this.settings.value = present;
      this.phase.value = "ready";
    }
  }

  /** Changes settings; all but the learning rate make the model anew. */
  async configure(change: Partial<RunSettings>): Promise<void> {
    while (this.#deciding.peek() > 0) await until(() => this.#deciding.value === 0);
    const settings = changedSettings(this.settings.value, change);
    const { learningRate, ...rest } = change;
    if (Object.keys(rest).length > 0) return this.start(settings);
    const { learningRate: before } = this.settings.value;
    this.settings.value = settings;
    if (learningRate === undefined || learningRate === before) return;
    try {
      const step = await this.#whenThere(() => this.#engine.setLearningRate(learningRate));
      const isNew = step > (this.rates.value.at(-1)?.until ?? this.#firstStep);
      if (isNew) this.rates.value = [...this.rates.value, { rate: before, until: step }];
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Trains until `pause`, until the task is solved, or until something fails; from when the model is there, if it is not yet. */
  async train(): Promise<void> {
    await this.#trainUntil(undefined);
  }

  /** Trains as fast as it goes to exactly this step, unless it is paused before, or solved, with `orSolved`. */
  async trainTo(step: number, { orSolved = false } = {}): Promise<void> {
    await this.#trainUntil({ step, orSolved });
  }

  /** What is asked of the run before `decide` has come to its end is done to the run that comes of it. */
  async deciding<Result>(decide: () => Promise<Result>): Promise<Result> {
    this.#deciding.value++;
    try {
      return await decide();
    } finally {
      this.#deciding.value--;
    }
  }

  /** Does something to the run that is there, or else to the one that is coming; one thing after another. */
  async #whenThere<Result>(action: () => Promise<Result>): Promise<Result> {
    const isThere = () => !this.isComing.value && this.#moves.value === 0;
    // Again, as others that waited may have begun something.
    do await until(isThere);
    while (!isThere());
    return action();
  }

  #trainUntil(goal: Goal | undefined): Promise<void> {
    return this.#whenThere(() => this.#trainNow(goal));
  }

  async #trainNow(goal: Goal | undefined): Promise<void> {
    if (this.phase.value !== "ready") return;
    this.#goal = goal;
    this.#waitsToBeSeen = isHidden();
    if (this.#waitsToBeSeen) return;
    this.#training = this.#train();
    await this.#training;
  }

  async #train(): Promise<void> {
    const generation = this.#generation;
    batch(() => {
      this.phase.value = "training";
      this.problem.value = undefined;
      this.solved.value = false;
    });
    try {
      const stop = await this.#engine.train(this.speed.value, (report) => this.#receive(report), this.#goal);
      if (generation !== this.#generation) return;
      batch(() => {
        this.solved.value = stop === "solved";
        this.phase.value = "ready";
        this.stepsPerSecond.value = 0;
      });
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    } finally {
      this.#training = undefined;
    }
  }

  async pause(): Promise<void> {
    this.#waitsToBeSeen = false;
    await this.#engine.pause().catch(this.#onFailure);
  }

  stepOnce(): Promise<void> {
    return this.#whenThere(async () => {
      if (this.phase.value === "ready") await this.#move(() => this.#engine.stepOnce());
    });
  }

  /** Back to where training began, with the same seed: what came since is forgotten. */
  rewind(): Promise<void> {
    return this.#whenThere(async () => {
      if (this.summary.value === undefined || this.#isResumed) return this.start();
      await this.#move(
        () => this.#engine.rewind(),
        ({ step }) => this.#begin(step),
      );
    });
  }

  /** Goes to a saved step, or the last one before, and pauses; the course stays until training takes another way. */
  seek(step: number): Promise<void> {
    // Which are saved is known when nothing trains any more.
    const nearest = () => this.saved.value.findLast((saved) => saved <= step) ?? this.saved.value[0] ?? 0;
    return this.#whenThere(() => this.#move(() => this.#engine.seek(nearest())));
  }

  /** From now on the speed is the visitor's. */
  async setSpeed(speed: Speed): Promise<void> {
    this.#speedIsChosen = true;
    await this.#setPace(speed);
  }

  /** All that another run needs to go on from here. */
  snapshot(): Promise<Snapshot> {
    return this.#whenThere(() => this.#engine.snapshot());
  }

  ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    const key = `${this.#generation} ${question} ${JSON.stringify(argument)}`;
    const version = this.version.peek();
    const known = this.#asked.get(key);
    // The one cast: what is kept under a question's name is its answer.
    if (known?.version === version) return known.answer as Promise<Answer<Name>>;
    const answer = this.#engine.ask(question, argument);
    const asked = { version, answer };
    const forget = () => {
      if (this.#asked.get(key) === asked) this.#asked.delete(key);
    };
    this.#asked.set(key, asked);
    answer.then(forget, forget);
    return answer;
  }

  close(): void {
    this.#generation++;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#engine.close();
  }

  readonly #onVisibility = () => {
    if (isHidden()) {
      if (!this.isTraining.value) return;
      void this.pause();
      this.#waitsToBeSeen = true;
    } else if (this.#waitsToBeSeen) {
      this.#waitsToBeSeen = false;
      void this.#trainUntil(this.#goal);
    }
  };

  /** Until nothing trains any more and all reports have come. */
  async #settle(): Promise<void> {
    if (this.#training === undefined) return;
    await this.pause();
    await this.#training;
  }

  async #move(move: () => Promise<TrainingReport>, then?: (report: TrainingReport) => void): Promise<void> {
    const generation = this.#generation;
    this.#moves.value++;
    try {
      await this.#settle();
      const report = await move();
      if (generation !== this.#generation) return;
      batch(() => {
        then?.(report);
        this.#receive(report);
        this.solved.value = false;
        // What failed is left behind.
        if (this.phase.value === "failed") this.phase.value = "ready";
        this.problem.value = undefined;
      });
    } catch (error) {
      if (generation === this.#generation) this.#fail(error);
    } finally {
      this.#moves.value--;
    }
  }

  #receive({ step, losses, gradientNorms, heldOut, stepsPerSecond, saved }: TrainingReport): void {
    batch(() => {
      const before = step - losses.length;
      this.#history.truncate(losses.length > 0 ? before : Infinity);
      this.#history.push(losses, gradientNorms);
      if (losses.length > 0) {
        this.course.value = this.#history.series();
        this.rates.value = this.rates.value.filter(({ until }) => until <= before);
        this.heldOut.value = [...this.heldOut.value.filter((point) => point.step <= before), ...heldOut];
      }
      this.stepsPerSecond.value = this.isTraining.value ? stepsPerSecond : 0;
      this.saved.value = saved;
      if (this.step.value !== step) this.version.value++;
      this.step.value = step;
    });
    this.#setPaceOf(step);
  }

  /** Of a model on which nothing was learned here yet. */
  #begin(step: number, past?: Past): void {
    this.#waitsToBeSeen = false;
    this.#history = past === undefined ? new LossHistory(undefined, step) : LossHistory.of(past.course, step);
    this.course.value = this.#history.series();
    this.heldOut.value = past?.heldOut ?? [];
    this.rates.value = past?.rates ?? [];
    this.#firstStep = past === undefined ? step : 0;
    this.stepsPerSecond.value = 0;
    this.solved.value = false;
    this.step.value = step;
    this.saved.value = [step];
    this.phase.value = "ready";
    this.version.value++;
    this.#setPaceOf(step);
  }

  #setPaceOf(step: number): void {
    const speed = paces.find(({ from }) => step >= from)?.speed;
    if (!this.#speedIsChosen && speed !== undefined && speed !== this.speed.value) void this.#setPace(speed);
  }

  async #setPace(speed: Speed): Promise<void> {
    this.speed.value = speed;
    if (this.isTraining.value) await this.#engine.setSpeed(speed).catch(this.#onFailure);
  }

  #fail(error: unknown): void {
    batch(() => {
      this.problem.value = messageOf(error);
      this.stepsPerSecond.value = 0;
      this.phase.value = "failed";
    });
  }
}

function isHidden(): boolean {
  return document.visibilityState === "hidden";
}
