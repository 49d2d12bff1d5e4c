/** Trains a session in slices, so that questions are answered between them, and keeps snapshots of its past. */
import type { Snapshot, Speed, Stop, TrainingReport } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Milliseconds between two turns of the event loop, and between two reports. */
const slice = 12;
const reportInterval = 50;
/** Milliseconds that the rate is measured over. */
const rateInterval = 2000;

/** Steps a second. */
const rates: Readonly<Record<Speed, number>> = { slow: 10, fast: 60, full: Infinity };

export class Trainer {
  readonly session: Session;
  speed: Speed = "full";
  /** By step: at 0, at powers of two, and where training stopped. */
  readonly #snapshots = new Map<number, Snapshot>();
  #losses: number[] = [];
  #norms: number[] = [];
  /** When recent steps ended. */
  #times: number[] = [];
  #running: symbol | undefined;

  constructor(session: Session) {
    this.session = session;
    this.#save();
  }

  pause(): void {
    this.#running = undefined;
  }

  stepOnce(): TrainingReport {
    this.#step();
    return this.#report();
  }

  /** Until `pause`, or until another call of `train` takes over. */
  async train(onReport: (report: TrainingReport) => unknown): Promise<Stop> {
    const run = Symbol("run");
    this.#running = run;
    this.#times = [];
    let reported = performance.now();
    let due = reported;
    try {
      while (this.#running === run) {
        const begin = performance.now();
        const interval = 1000 / rates[this.speed];
        due = Math.max(due, begin - rateInterval);
        while (due <= performance.now() && performance.now() - begin < slice) {
          this.#step();
          due = interval === 0 ? due : due + interval;
        }
        if (performance.now() - reported >= reportInterval && this.#losses.length > 0) {
          onReport(this.#report());
          reported = performance.now();
        }
        await turn(Math.max(0, due - performance.now()));
      }
    } finally {
      this.#save();
      onReport(this.#report());
    }
    return "paused";
  }

  seek(step: number): TrainingReport {
    const snapshot = this.#snapshots.get(step);
    if (snapshot === undefined) throw new Error(`internal: step ${step} was not saved`);
    this.pause();
    this.#save();
    this.session.restore(snapshot);
    return this.#report();
  }

  #step(): void {
    const { loss, gradientNorm } = this.session.step();
    this.#losses.push(loss);
    this.#norms.push(gradientNorm);
    this.#times.push(performance.now());
    const { steps } = this.session;
    if ((steps & (steps - 1)) === 0) this.#save();
  }

  #save(): void {
    this.#snapshots.set(this.session.steps, this.session.snapshot());
  }

  #report(): TrainingReport {
    const now = performance.now();
    this.#times = this.#times.filter((time) => now - time <= rateInterval);
    const [first] = this.#times;
    const report = {
      step: this.session.steps,
      losses: Float32Array.from(this.#losses),
      gradientNorms: Float32Array.from(this.#norms),
      stepsPerSecond: first === undefined || now === first ? 0 : (this.#times.length / (now - first)) * 1000,
      saved: [...this.#snapshots.keys()].toSorted((a, b) => a - b),
    };
    this.#losses = [];
    this.#norms = [];
    return report;
  }
}

const channel = new MessageChannel();

/** A turn of the event loop: at once behind the messages that are waiting, or after some milliseconds. */
function turn(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (milliseconds > 0) {
      setTimeout(resolve, milliseconds);
      return;
    }
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(undefined);
  });
}
