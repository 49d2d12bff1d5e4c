/**
 * The outcome of work on the device: success or failure. It is known some time after the work was issued, and all results of
 * the work depend on it.
 */

let issued = 0;

export class Outcome {
  /** Earlier work has the smaller number: of several failures, the first is the cause. */
  readonly order = issued++;
  /** Resolves, never rejects, when it is known. */
  readonly settled: Promise<void>;
  readonly #settle: () => void;
  readonly #causes = new Set<Outcome>();
  #state: "pending" | "done" | Error = "pending";

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.settled = promise;
    this.#settle = resolve;
  }

  get failure(): Error | undefined {
    return this.#state instanceof Error ? this.#state : undefined;
  }

  get isDone(): boolean {
    return this.#state === "done";
  }

  /** It cannot succeed unless `cause` does. */
  require(cause: Outcome): void {
    this.#causes.add(cause);
  }

  /** Nothing more is required but that `own`, which never rejects, gives no error. */
  close(own: Promise<Error | undefined>): void {
    void Promise.all([own, failureOf(this.#causes)]).then(([error, cause]) => {
      this.#causes.clear();
      this.#state = cause ?? error ?? "done";
      this.#settle();
    });
  }
}

/** What of `outcomes` may still fail or has failed, each once. */
export function unproven(outcomes: Iterable<Outcome>): Set<Outcome> {
  const left = new Set<Outcome>();
  for (const outcome of outcomes) if (!outcome.isDone) left.add(outcome);
  return left;
}

/** The first failure among `outcomes` that is known now. */
export function knownFailure(outcomes: Iterable<Outcome>): Error | undefined {
  let first: Outcome | undefined;
  for (const outcome of outcomes)
    if (outcome.failure !== undefined && (first === undefined || outcome.order < first.order)) first = outcome;
  return first?.failure;
}

/** The first failure among `outcomes`, when all are known. */
export async function failureOf(outcomes: Iterable<Outcome>): Promise<Error | undefined> {
  const all = [...outcomes];
  await Promise.all(all.map(({ settled }) => settled));
  return knownFailure(all);
}
