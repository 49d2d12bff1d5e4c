/** Which lessons are done and what was predicted, kept in this browser. */
import { signal } from "@preact/signals";
import { keep, recall } from "../../keep/kept.ts";
import { embedded } from "../../link/embed.ts";
import type { LessonId } from "./lesson.ts";

export interface Progress {
  readonly done: readonly LessonId[];
  /** The index of the choice, by step (`hello.2`). */
  readonly predicted: Readonly<Record<string, number>>;
}

export const progress = signal<Progress>({ done: [], predicted: {} });

const name = "lessons";

if (!embedded) {
  void recall<Progress>(name).then((kept) => {
    if (kept !== undefined) progress.value = kept;
  });
}

export function markDone(lesson: LessonId): void {
  const { done } = progress.peek();
  if (!done.includes(lesson)) update({ done: [...done, lesson] });
}

/** The first choice counts: what came after was no prediction. */
export function predict(step: string, choice: number): void {
  const { predicted } = progress.peek();
  if (!(step in predicted)) update({ predicted: { ...predicted, [step]: choice } });
}

function update(change: Partial<Progress>): void {
  progress.value = { ...progress.peek(), ...change };
  if (!embedded) void keep(name, progress.peek());
}
