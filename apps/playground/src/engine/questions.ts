/**
 * The questions that lenses ask the engine, as a table. The code of each answer is loaded with the first question. An answer
 * reads the session and returns plain data (numbers, strings, typed arrays, plain objects of them).
 */
import type { Session } from "./session.ts";

export type Answerer<Given, Result> = (session: Session, argument: Given) => Result | Promise<Result>;

export const questions = {
  /** What the network makes of a passage: states, and what it expects next. */
  reading: async () => (await import("./answers/reading.ts")).reading,
  /** What the network writes by itself. */
  writing: async () => (await import("./answers/writing.ts")).writing,
  /** The weights and batches that the run began with. */
  startOfRun: async () => (await import("./answers/start-of-run.ts")).startOfRun,
  /** The scalar example's gradient through time. */
  scalarFlow: async () => (await import("../lenses/gradients/answer-scalar.ts")).scalarFlow,
  /** The gradient of one prediction's loss back through the states before it. */
  flow: async () => (await import("../lenses/gradients/answer-flow.ts")).flow,
  /** How much each earlier input moved a prediction. */
  influence: async () => (await import("../lenses/influence/answer.ts")).influence,
  /** Saturated gates, dead units, what the next step does to each matrix, what the tape keeps. */
  health: async () => (await import("../lenses/health/answer.ts")).health,
  /** One matrix's gradient against central differences, in float64. */
  gradientCheck: async () => (await import("../lenses/health/gradient-check.ts")).gradientCheck,
  /** The op that makes the first NaN of the next step. */
  anomaly: async () => (await import("../lenses/health/anomaly.ts")).anomaly,
  /** The chain through a passage, one step of it from the inside, and what follows from a value that is held. */
  inside: async () => (await import("../lenses/inside/answer.ts")).inside,
  /** The lines that one step leaves on the tape. */
  tapeOfStep: async () => (await import("../lenses/inside/answer-tape.ts")).tapeOfStep,
  /** A state times a forget gate. */
  forgetting: async () => (await import("../lenses/inside/answer-presets.ts")).forgetting,
  /** One step of the two GRUs, with the same weights. */
  bothGRUs: async () => (await import("../lenses/inside/answer-presets.ts")).bothGRUs,
  /** A unit's values along the text. */
  unitValues: async () => (await import("../lenses/units/answer.ts")).unitValues,
  /** What switching a unit off does. */
  unitSwitchedOff: async () => (await import("../lenses/units/answer.ts")).unitSwitchedOff,
  /** Which units tell which features of the text. */
  unitRanking: async () => (await import("../lenses/units/ranking.ts")).unitRanking,
} satisfies Readonly<Record<string, () => Promise<Answerer<never, unknown>>>>;

export type Question = keyof typeof questions;

type AnswererOf<Name extends Question> = Awaited<ReturnType<(typeof questions)[Name]>>;

export type Argument<Name extends Question> = Parameters<AnswererOf<Name>>[1];

export type Answer<Name extends Question> = Awaited<ReturnType<AnswererOf<Name>>>;
