/** Trains a session in slices, so that questions are answered in between, and keeps snapshots of earlier steps. */
import { synchronize } from "tapegrad";
import type { Goal, HeldOutLoss, Snapshot, Speed, Stop, TrainingReport } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Milliseconds between two turns of the event loop, and between two reports. */
const slice = 12;
const reportInterval = 80;
/** Milliseconds that the rate is measured over. */
const rateInterval = 2000;
/** Milliseconds that a paced training catches up at most after it was held up. */
const mostBehind = 100;
/** Where no data are held out, the task is solved when the mean loss of this many steps is below its threshold. */
const solvedAfter = 20;
/** Losses on data that is not trained on, between two powers of two. */
const measuresPerOctave = 16;

/** Steps a second. */
const rates: Readonly<Record<Speed, number>> = { slow: 10, fast: 60, full: Infinity };

export class Trainer {
  readonly session: Session;
  speed: Speed = "full";
  /** By step: where training began, at powers of two, and the furthest one. */
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #beginning: Snapshot;
  #losses: number[] = [];
  #norms: number[] = [];
  #heldOut: HeldOutLoss[] = [];
  /** The losses of the last steps, at most `solvedAfter`, and the last one on held-out data. */
  #recent: number[] = [];
  #lastHeldOut: number | undefined;
  /** How far training was at the reports of the last two seconds. */
  #marks: { time: number; step: number }[] = [];
  #running: symbol | undefined;

  constructor(session: Session) {
    this.session = session;
    this.#beginning = session.snapshot();
    this.#snapshots.set(session.steps, this.#beginning);
  }

  pause(): void {
    this.#setRunning(undefined);
  }

  #setRunning(run: symbol | undefined): void {
    this.#running = run;
    this.session.isTraining = run !== undefined;
  }

  /** Compiles what a step needs, so that the first one is as quick as the others. */
  async warmUp(): Promise<void> {
    await synchronize();
    if (this.#running === undefined) this.session.warmUp();
  }

  stepOnce(): TrainingReport {
    this.pause();
    this.#step();
    return this.#report();
  }

  /**
   * Until `pause`, until another call of `train` takes over, or until the task is solved; one that was goes on. With `goal`, to
   * exactly its step, at full speed, or to where the task is solved before if that is asked for.
   */
  async train(onReport: (report: TrainingReport) => unknown, goal?: Goal): Promise<Stop> {
    const run = Symbol("run");
    this.#setRunning(run);
    this.#marks = [];
    await synchronize(); // Nothing is trained before the compiler is there.
    const goesOn = goal?.orSolved === false || this.#isSolved();
    let due = performance.now();
    let reportDue = due;
    try {
      while (this.#running === run) {
        const begin = performance.now();
        due = Math.max(due, begin - mostBehind);
        while (due <= performance.now() && performance.now() - begin < slice) {
          if (this.session.steps >= (goal?.step ?? Infinity)) return "paused";
          this.#step();
          due += goal !== undefined ? 0 : 1000 / rates[this.speed];
          if (!goesOn && this.#isSolved()) return "solved";
        }
        if (performance.now() >= reportDue && this.#losses.length > 0) {
          onReport(this.#report());
          reportDue = performance.now() + reportInterval;
        }
        await turn(Math.max(0, due - performance.now()));
      }
      return "paused";
    } finally {
      if (this.#running === run) this.pause();
      // Reports take another way than the end of training: the end waits until the last of them has come.
      await onReport(this.#report());
    }
  }

  /** Goes to a saved step; those after it stay until training takes another way there. */
  seek(step: number): TrainingReport {
    this.pause();
    if (this.session.steps > Math.max(...this.#snapshots.keys())) this.#save();
    const snapshot = this.#snapshots.get(step);
    if (snapshot === undefined) throw new Error(`internal: step ${step} was not saved`);
    this.#restore(snapshot);
    return this.#report();
  }

  /** Back to where training began, as if it never had. */
  rewind(): TrainingReport {
    this.pause();
    this.#restore(this.#beginning);
    this.#snapshots.clear();
    this.#snapshots.set(this.#beginning.step, this.#beginning);
    return this.#report();
  }

  #restore(snapshot: Snapshot): void {
    this.session.restore(snapshot);
    this.#recent = [];
    this.#losses = [];
    this.#norms = [];
    this.#heldOut = [];
  }

  #step(): void {
    const before = this.session.steps;
    const { loss, gradientNorm } = this.session.step();
    for (const step of this.#snapshots.keys()) if (step > before) this.#snapshots.delete(step);
    this.#losses.push(loss);
    this.#norms.push(gradientNorm);
    this.#recent = [...this.#recent.slice(1 - solvedAfter), loss];
    const { steps } = this.session;
    if (isPowerOfTwo(steps)) this.#save();
    if (steps % measureInterval(steps) === 0) this.#measure();
  }

  #measure(): void {
    const loss = this.session.heldOutLoss();
    this.#lastHeldOut = loss;
    if (loss !== undefined) this.#heldOut.push({ step: this.session.steps, loss });
  }

  /** Keeps the present step, in place of others that are neither the first nor a power of two. */
  #save(): void {
    for (const step of this.#snapshots.keys())
      if (step !== this.#beginning.step && !isPowerOfTwo(step)) this.#snapshots.delete(step);
    this.#snapshots.set(this.session.steps, this.session.snapshot());
  }

  #isSolved(): boolean {
    const { solvedBelow = 0 } = this.session.task;
    if (this.#recent.length < solvedAfter) return false;
    const mean = this.#recent.reduce((sum, loss) => sum + loss, 0) / solvedAfter;
    return (this.#lastHeldOut ?? mean) < solvedBelow;
  }

  #report(): TrainingReport {
    const report = {
      step: this.session.steps,
      losses: Float32Array.from(this.#losses),
      gradientNorms: Float32Array.from(this.#norms),
      heldOut: this.#heldOut,
      stepsPerSecond: this.#rate(),
      saved: [...new Set([...this.#snapshots.keys(), this.session.steps])].toSorted((a, b) => a - b),
    };
    this.#losses = [];
    this.#norms = [];
    this.#heldOut = [];
    return report;
  }

  #rate(): number {
    const now = { time: performance.now(), step: this.session.steps };
    this.#marks.push(now);
    while (this.#marks.length > 2 && (this.#marks[1]?.time ?? 0) <= now.time - rateInterval) this.#marks.shift();
    const { time, step } = this.#marks[0] ?? now;
    return now.time === time ? 0 : ((now.step - step) / (now.time - time)) * 1000;
  }
}

function isPowerOfTwo(step: number): boolean {
  return (step & (step - 1)) === 0;
}

/** Steps between two measurements on the held-out data. */
function measureInterval(steps: number): number {
  return Math.max(1, 2 ** Math.floor(Math.log2(steps)) / measuresPerOctave);
}

const channel = new MessageChannel();
// In Node a port that listens would keep the process.
if ("unref" in channel.port1 && typeof channel.port1.unref === "function") channel.port1.unref();

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
