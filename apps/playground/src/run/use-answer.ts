/** A question about the run that is asked again whenever the model, or what is asked, has changed. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Answer, Argument, Question } from "../engine/questions.ts";
import { messageOf } from "../failure.ts";
import type { Run } from "./run.ts";

/** Milliseconds between two askings while the model trains. */
const interval = 250;

export interface Asked<Name extends Question> {
  /** The last answer: it stays until there is a newer one. */
  readonly answer: Answer<Name> | undefined;
  /** Why there is no answer now. */
  readonly problem: string | undefined;
}

/** `argument` undefined asks nothing. At most one question is under way; of those that wait only the last is asked. */
export function useAnswer<Name extends Question>(
  run: Run,
  question: Name,
  argument: Argument<Name> | undefined,
): Asked<Name> {
  const asked = useSignal<Asked<Name>>({ answer: undefined, problem: undefined });
  const wanted = useSignal(argument);
  const asker = useRef<Asker>(undefined);
  const key = JSON.stringify(argument);
  useEffect(() => {
    wanted.value = argument;
  }, [key]);
  useEffect(() => {
    const made = new Asker();
    asker.current = made;
    return () => made.end();
  }, [run, question]);
  useSignalEffect(() => {
    const given = wanted.value;
    const isFresh = run.version.value > 0 && run.phase.value !== "starting" && run.phase.value !== "failed";
    if (given === undefined || !isFresh) return;
    asker.current?.request(async (isCurrent) => {
      try {
        const answer = await run.ask(question, given);
        if (isCurrent()) asked.value = { answer, problem: undefined };
      } catch (error) {
        if (isCurrent()) asked.value = { answer: asked.peek().answer, problem: messageOf(error) };
      }
    });
  });
  return asked.value;
}

type Asking = (isCurrent: () => boolean) => Promise<void>;

/** Runs one asking at a time, and the last of those that came meanwhile after a pause. */
class Asker {
  #busy = false;
  #next: Asking | undefined;
  #ended = false;

  request(asking: Asking): void {
    this.#next = asking;
    if (!this.#busy) void this.#run();
  }

  end(): void {
    this.#ended = true;
    this.#next = undefined;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#next !== undefined) {
      const asking = this.#next;
      this.#next = undefined;
      const begin = performance.now();
      await asking(() => !this.#ended);
      if (this.#next !== undefined)
        await new Promise((resolve) => setTimeout(resolve, interval - (performance.now() - begin)));
    }
    this.#busy = false;
  }
}
