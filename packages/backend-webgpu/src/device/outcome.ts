/**
 * Whether work on the device succeeded: known only some time after it was issued, and needed by everything that was computed
 * from its results.
 */

let issued = 0;

export class Outcome {
  /** Earlier work has the smaller number: of several failures, the first is the cause. */
  readonly order = issued++;
  /** Resolves, never rejects, when it is known. */
  readonly settled: Promise<void>;
  readonly #settle: () => void;
  readonly #checks: Promise<Error | undefined>[] = [];
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

  /** One more thing that must go well; `check` gives an error or nothing, and never rejects. */
  require(check: Promise<Error | undefined>): void {
    this.#checks.push(check);
  }

  /** Nothing more is required. The failure is that of the check that was required first. */
  close(): void {
    void Promise.all(this.#checks).then((errors) => {
      this.#state = errors.find((error) => error !== undefined) ?? "done";
      this.#settle();
    });
  }

  /** The failure once it is known. */
  async result(): Promise<Error | undefined> {
    await this.settled;
    return this.failure;
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
