/** The course of training in a bounded number of points: when they are full, neighbours merge into their mean. */

export class LossHistory {
  readonly #capacity: number;
  /** Training steps per point. */
  #stride = 1;
  #losses: number[] = [];
  #norms: number[] = [];
  /** The steps that do not fill a point yet. */
  #pending = { count: 0, loss: 0, norm: 0 };

  /** `capacity`, an even number, is the most points that `series` returns. */
  constructor(capacity = 1000) {
    this.#capacity = capacity;
  }

  /** Adds one value of each per step. */
  push(losses: ArrayLike<number>, norms: ArrayLike<number>): void {
    for (let i = 0; i < losses.length; i++) this.#pushStep(losses[i] ?? Number.NaN, norms[i] ?? Number.NaN);
  }

  /** Per point the step at its end, then the mean loss and gradient norm since the point before. */
  series(): { steps: number[]; losses: readonly number[]; norms: readonly number[] } {
    const steps = this.#losses.map((_, point) => (point + 1) * this.#stride);
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
