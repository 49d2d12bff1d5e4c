/** The losses of training in a bounded number of points: when it is full, neighbours are merged into their mean. */

export interface Course {
  /** Per point the step at its end, and the means since the point before. */
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly norms: readonly number[];
}

export class LossHistory {
  readonly #capacity: number;
  /** The step before the first one. */
  readonly #start: number;
  /** Training steps per point. */
  #stride = 1;
  #losses: number[] = [];
  #norms: number[] = [];
  /** The steps that do not fill a point yet. */
  #pending = { count: 0, loss: 0, norm: 0 };

  /** `capacity`, an even number, is the most points that `series` returns. */
  constructor(capacity = 1000, start = 0) {
    this.#capacity = capacity;
    this.#start = start;
  }

  /** The last step. */
  get end(): number {
    return this.#start + this.#losses.length * this.#stride + this.#pending.count;
  }

  /** A course that `series` returned, to go on from step `end`. Steps after its last point count as that point's means. */
  static of({ steps, losses, norms }: Course, end: number): LossHistory {
    const [first = end, second = first + 1] = steps;
    const stride = second - first;
    const history = new LossHistory(undefined, Math.max(0, first - stride));
    history.#stride = stride;
    history.#losses = [...losses];
    history.#norms = [...norms];
    const count = Math.max(0, end - (steps.at(-1) ?? end));
    history.#pending = { count, loss: count * (losses.at(-1) ?? 0), norm: count * (norms.at(-1) ?? 0) };
    return history;
  }

  /** Adds one value of each per step. */
  push(losses: ArrayLike<number>, norms: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) this.#pushStep(losses[i] ?? Number.NaN, norms[i] ?? Number.NaN);
  }

  /** Forgets what came after a step; the rest of a point that the step divides counts as that point's mean. */
  truncate(step: number): void {
    if (step >= this.end) return;
    const whole = Math.max(0, Math.floor((step - this.#start) / this.#stride));
    const count = Math.max(0, step - this.#start - whole * this.#stride);
    const isInPending = whole >= this.#losses.length;
    const { count: kept, loss: lossSum, norm: normSum } = this.#pending;
    const loss = isInPending ? lossSum / Math.max(1, kept) : (this.#losses[whole] ?? 0);
    const norm = isInPending ? normSum / Math.max(1, kept) : (this.#norms[whole] ?? 0);
    this.#losses.length = Math.min(this.#losses.length, whole);
    this.#norms.length = this.#losses.length;
    this.#pending = { count, loss: count * loss, norm: count * norm };
  }

  series(): Course {
    const steps = this.#losses.map((_, point) => this.#start + (point + 1) * this.#stride);
    return { steps, losses: [...this.#losses], norms: [...this.#norms] };
  }

  #pushStep(loss: number, norm: number): void {
    const { count, loss: lossSum, norm: normSum } = this.#pending;
    this.#pending = { count: count + 1, loss: lossSum + loss, norm: normSum + norm };
    if (this.#pending.count < this.#stride) return;
    this.#losses.push(this.#pending.loss / this.#stride);
    this.#norms.push(this.#pending.norm / this.#stride);
    this.#pending = { count: 0, loss: 0, norm: 0 };
    if (this.#losses.length < this.#capacity) return;
    this.#losses = mergePairs(this.#losses);
    this.#norms = mergePairs(this.#norms);
    this.#stride *= 2;
  }
}

function mergePairs(values: readonly number[]): number[] {
  return Array.from({ length: values.length / 2 }, (_, i) => ((values[2 * i] ?? 0) + (values[2 * i + 1] ?? 0)) / 2);
}
