/**
 * What a lens asks first takes several times as long as later: its code loads, and what it computes is compiled. So it is asked
 * once before anybody opens the lens, when nothing has trained or been asked for a moment.
 */
import { questions } from "./questions.ts";
import type { Session } from "./session.ts";

/** Milliseconds. */
const moment = 750;

export class Prepared {
  readonly #session: Session;
  /** The place in the data that the page looked at last. */
  #position = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDone = false;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The moment begins anew: something was asked, perhaps about a place in the data, or training came to an end. */
  later(position = this.#position): void {
    this.#position = position;
    if (this.#isDone) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#prepare(), moment);
  }

  never(): void {
    this.#isDone = true;
    clearTimeout(this.#timer);
  }

  async #prepare(): Promise<void> {
    if (this.#session.isTraining) return;
    this.#isDone = true;
    try {
      const influence = await questions.influence();
      if (!this.#session.isTraining) influence(this.#session, { position: this.#position, score: 0, untrained: false });
    } catch {
      // Whoever opens the lens meets the same fault, and is told.
    }
  }
}
