/**
 * What lenses can ask the engine, as a table: each answer's code loads with the first question. An answer reads the session
 * and returns plain data (numbers, strings, typed arrays, plain objects of them).
 */
import type { Session } from "./session.ts";

export type Answerer<Given, Result> = (session: Session, argument: Given) => Result | Promise<Result>;

export const questions = {
  /** What the network makes of a passage: states, and what it expects next. */
  reading: async () => (await import("./answers/reading.ts")).reading,
  /** What the network writes by itself. */
  writing: async () => (await import("./answers/writing.ts")).writing,
} satisfies Readonly<Record<string, () => Promise<Answerer<never, unknown>>>>;

export type Question = keyof typeof questions;

type AnswererOf<Name extends Question> = Awaited<ReturnType<(typeof questions)[Name]>>;

export type Argument<Name extends Question> = Parameters<AnswererOf<Name>>[1];

export type Answer<Name extends Question> = Awaited<ReturnType<AnswererOf<Name>>>;
