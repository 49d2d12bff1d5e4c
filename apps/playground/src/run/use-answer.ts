/** Asks a question about the run again whenever the model or the question has changed. */
import { effect, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import type { Answer, Argument, Question } from "../engine/questions.ts";
import { messageOf } from "../failure.ts";
import type { Run } from "./run.ts";

/** Milliseconds between two askings while the model trains; what the visitor changes is asked at once. */
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
  // Not after the next frame: on a busy page that is a tenth of a second in which nothing is asked.
  useLayoutEffect(() => {
    wanted.value = argument;
  }, [JSON.stringify(argument)]);
  useEffect(() => {
    const asker = new Asker();
    let previous: Argument<Name> | undefined;
    const stop = effect(() => {
      const given = wanted.value;
      const canAnswer = run.version.value > 0 && run.phase.value !== "starting" && run.phase.value !== "failed";
      if (given === undefined || !canAnswer) return;
      const isOther = given !== previous;
      previous = given;
      asker.request(isOther, async (isCurrent) => {
        try {
          const answer = await run.ask(question, given);
          if (isCurrent()) asked.value = { answer, problem: undefined };
        } catch (error) {
          if (isCurrent()) asked.value = { answer: asked.peek().answer, problem: messageOf(error) };
        }
      });
    });
    return () => {
      stop();
      asker.end();
    };
  }, [run, question]);
  return asked.value;
}

type Asking = (isCurrent: () => boolean) => Promise<void>;

/** Runs one asking at a time, and the last of those that came meanwhile after a pause, or at once if it is urgent. */
class Asker {
  #busy = false;
  #next: Asking | undefined;
  #isUrgent = false;
  #hurry: (() => void) | undefined;
  #ended = false;

  request(isUrgent: boolean, asking: Asking): void {
    this.#next = asking;
    this.#isUrgent ||= isUrgent;
    if (!this.#busy) void this.#run();
    else if (isUrgent) this.#hurry?.();
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
      this.#isUrgent = false;
      const begin = performance.now();
      await asking(() => !this.#ended);
      // Also when nothing waits yet: a training model changes with every report.
      if (!this.#isUrgent) await this.#rest(interval - (performance.now() - begin));
    }
    this.#busy = false;
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
