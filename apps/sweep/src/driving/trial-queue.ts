/**
 * The queue of a sweep, on BullMQ. A job is one trial in one rung, and its id names both, so that adding it again changes
 * nothing. Finished jobs stay in Redis with their results, so that another driver can go on.
 */
import type { Job, Queue, Worker } from "bullmq";
import type { Parameters } from "../description/space.ts";
import { loadQueueing } from "./redis.ts";

/** One trial in one rung. */
export interface Task {
  readonly trial: number;
  readonly rung: number;
  readonly parameters: Parameters;
  readonly budget: number;
}

/** What came of a task. */
export interface Result extends Task {
  /** Undefined for a trial that failed, which has a reason. */
  readonly value: number | undefined;
  readonly error?: string | undefined;
  /** Of the last attempt. */
  readonly seconds: number;
  /** How often it was started. */
  readonly attempts: number;
}

/** JSON has no NaN and no infinities. */
export type EncodedValue = number | "NaN" | "Infinity" | "-Infinity";

export const encodeValue = (value: number): EncodedValue =>
  Number.isFinite(value) ? value : (String(value) as EncodedValue); // A number that is not finite is one of these three.

export const decodeValue = (value: EncodedValue): number => Number(value);

type TaskJob = Job<Task, EncodedValue>;

const prefix = "tapegrad-sweep";
/** A worker that has not been heard of for that long is gone. It renews its claim twice as often, in a process that never computes. */
const lockMilliseconds = 6000;
const lookMilliseconds = 2000;
/** A trial whose workers die that often is the reason. */
const mostDeaths = 5;
/** A process that trains and is killed, as by a system out of memory, is started again. An error of the training is final. */
const attempts = 3;

export interface QueueOptions {
  readonly url: string;
  readonly name: string;
  readonly digest: string;
  /** Of the connection, once it worked. */
  readonly onTrouble: (message: string) => void;
}

const nameOf = ({ name, digest }: QueueOptions) => `${name}-${digest}`;

const connectionTo = (url: string) => ({ url, maxRetriesPerRequest: null });

export class TrialQueue {
  readonly #queue: Queue<Task, EncodedValue>;
  #seen = "";

  private constructor(queue: Queue<Task, EncodedValue>) {
    this.#queue = queue;
  }

  static async open(options: QueueOptions): Promise<TrialQueue> {
    const { Queue } = await loadQueueing();
    const queue = new Queue<Task, EncodedValue>(nameOf(options), {
      connection: connectionTo(options.url),
      prefix,
      defaultJobOptions: { attempts, removeOnComplete: false, removeOnFail: false },
    });
    queue.on("error", ({ message }) => options.onTrouble(message));
    await queue.waitUntilReady();
    return new TrialQueue(queue);
  }

  async add(tasks: readonly Task[]): Promise<void> {
    await this.#queue.addBulk(
      tasks.map((data) => ({ name: "trial", data, opts: { jobId: `rung${data.rung}-trial${data.trial}` } })),
    );
  }

  /** Everything that has finished so far; undefined when nothing is new since the last call. */
  async finished(): Promise<Result[] | undefined> {
    const counts = JSON.stringify(await this.#queue.getJobCounts("completed", "failed"));
    if (counts === this.#seen) return undefined;
    const completed: TaskJob[] = await this.#queue.getCompleted();
    const failed: TaskJob[] = await this.#queue.getFailed();
    this.#seen = counts;
    return [
      ...completed.map((job) => ({ ...recordOf(job), value: decodeValue(job.returnvalue) })),
      ...failed.map((job) => ({ ...recordOf(job), value: undefined, error: job.failedReason })),
    ];
  }

  counts(): Promise<Record<"waiting" | "active" | "completed" | "failed", number>> {
    return this.#queue.getJobCounts("waiting", "active", "completed", "failed") as ReturnType<TrialQueue["counts"]>; // As asked for.
  }

  async workers(): Promise<number> {
    return (await this.#queue.getWorkers()).length;
  }

  /** Forgets all of it. */
  async remove(): Promise<void> {
    await this.#queue.obliterate({ force: true });
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

function recordOf({ data, finishedOn = 0, processedOn = finishedOn, attemptsStarted }: TaskJob) {
  return { ...data, seconds: (finishedOn - processedOn) / 1000, attempts: attemptsStarted };
}

/** Ends a task that is not to go on here: another worker takes it at once. */
export class GivenBack extends Error {}

/** What training failed of: it would fail again. */
export class TrainingFailed extends Error {}

/**
 * Takes tasks and trains them with `train`, one at a time. Its signal is aborted when the worker is asked to stop, or is no longer
 * the one to whom the task belongs; it then throws GivenBack.
 */
export async function takeTasks(
  options: QueueOptions,
  train: (task: Task, signal: AbortSignal) => Promise<number>,
): Promise<{ readonly stop: () => Promise<void> }> {
  const { Worker, WaitingError, UnrecoverableError } = await loadQueueing();
  const worker: Worker<Task, EncodedValue> = new Worker<Task, EncodedValue>(
    nameOf(options),
    async (job, token, signal) => {
      try {
        return encodeValue(await train(job.data, signal ?? new AbortController().signal));
      } catch (error) {
        if (error instanceof TrainingFailed) throw new UnrecoverableError(error.message);
        if (!(error instanceof GivenBack)) throw error;
        await job.moveToWait(token);
        throw new WaitingError();
      }
    },
    {
      connection: connectionTo(options.url),
      prefix,
      lockDuration: lockMilliseconds,
      stalledInterval: lookMilliseconds,
      maxStalledCount: mostDeaths,
      runRetryDelay: 1000,
    },
  );
  worker.on("error", ({ message }) => options.onTrouble(message));
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) worker.cancelJob(id, "lost");
  });
  await worker.waitUntilReady();
  return {
    stop: async () => {
      const closed = worker.close();
      worker.cancelAllJobs("stopped");
      await closed;
    },
  };
}
