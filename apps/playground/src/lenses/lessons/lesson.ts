/** The type of a lesson: steps, each a state of the page with a question to answer first, and a task that the page verifies. */
import type { RunSummary } from "../../engine/protocol.ts";
import type { RunSettings } from "../../engine/settings.ts";
import type { ChosenUnit, Run } from "../../run/run.ts";

export const lessonIds = [
  "one-function",
  "hello",
  "temperature",
  "window",
  "vanishing",
  "gates",
  "long-memory",
  "unit",
  "own-cell",
] as const;
export type LessonId = (typeof lessonIds)[number];

/** The state of the page that a step begins with. */
export interface StepPlace {
  readonly lens: string;
  /** Where they differ from the default. */
  readonly settings?: Partial<RunSettings> | (() => Promise<Partial<RunSettings>>);
  readonly step?: number;
  readonly cursor?: number;
  /** Options of lenses, as in links. */
  readonly options?: Readonly<Record<string, string>>;
}

/** What is known of a run when a task is verified. */
export interface RunState {
  readonly settings: RunSettings;
  readonly summary: Pick<RunSummary, "parameterCount" | "length" | "baselines"> | undefined;
  readonly step: number;
  /** The newest point of the course; undefined before the first step. */
  readonly loss: number | undefined;
  readonly unit: ChosenUnit;
  readonly cursor: number;
  readonly ask: Run["ask"];
}

export interface Evidence {
  readonly run: RunState;
  /** Those that Compare shows beside each other. */
  readonly compared: readonly RunState[];
  readonly place: URLSearchParams;
}

/** Whether the task is done. */
export type Verify = (evidence: Evidence) => boolean | Promise<boolean>;

export interface Lesson {
  readonly places: readonly StepPlace[];
  readonly verify: Verify;
}

/** A step of a lesson as it stands in a link: `hello.2`. */
export interface LessonStep {
  readonly lesson: LessonId;
  /** From 0 on. */
  readonly at: number;
}

export function stepName({ lesson, at }: LessonStep): string {
  return `${lesson}.${at + 1}`;
}

export function stepNamed(name: string): LessonStep | undefined {
  const [id, number] = name.split(".");
  const lesson = lessonIds.find((known) => known === id);
  return lesson === undefined || !/^[1-9]$/.test(number ?? "") ? undefined : { lesson, at: Number(number) - 1 };
}
