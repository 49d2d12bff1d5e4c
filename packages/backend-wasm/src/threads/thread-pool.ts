/**
 * Workers that run Programs together with the thread that calls them. Everything here waits until it is done, and nothing
 * depends on who is faster; between calls the workers sleep.
 */
import type { Step } from "@tapegrad/compiler";
import { BackendError } from "@tapegrad/core";
import type { Expression, ModuleBuilder } from "../assembler/index.ts";
import { control, longestMessage } from "./control.ts";
import { type Grain, type PoolSettings, usualGrain } from "./grain.ts";
import { Partition } from "./partition.ts";
import { canSleep, startWorker, type WorkerThread, type WorkerUrl } from "./start-worker.ts";
import { type PartitionedSteps, ThreadedCode } from "./threaded-code.ts";
import { type JoinMessage, type LoadMessage, workerCode } from "./worker-code.ts";

/** A Program that all workers have; once it is collected they forget it. */
export interface LoadedProgram {
  readonly id: number;
  /** How many of them run it. */
  readonly threads: number;
}

export interface ThreadPoolOptions {
  readonly grain?: Grain | undefined;
  readonly workerUrl?: WorkerUrl | undefined;
  /** Milliseconds within which all workers have to answer. */
  readonly startTimeout?: number | undefined;
}

// Every platform has them; not every platform's types are loaded here.
declare function setTimeout(callback: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** Milliseconds after which a worker that does not answer is taken for lost. */
const longestSilence = 30_000;

const word = (address: number): number => address / 4;

export class ThreadPool {
  readonly #settings: PoolSettings;
  readonly #memory: WebAssembly.Memory;
  readonly #words: Int32Array;
  readonly #workers: WorkerThread[] = [];
  readonly #forgotten: number[] = [];
  readonly #programs = new FinalizationRegistry<number>((id) => this.#forgotten.push(id));
  #lastId = 0;
  #lastTicket = 0;
  #loss: string | undefined;

  private constructor(threads: number, memory: WebAssembly.Memory, grain: Grain) {
    this.#settings = { threads, canFirstSleep: canSleep(), grain };
    this.#memory = memory;
    this.#words = new Int32Array(memory.buffer, 0, 16384);
  }

  /** With a worker for each thread but this one. @throws BackendError when one does not start in time. */
  static async start(
    threads: number,
    memory: WebAssembly.Memory,
    options: ThreadPoolOptions = {},
  ): Promise<ThreadPool> {
    const { grain = usualGrain, workerUrl, startTimeout = longestSilence } = options;
    const pool = new ThreadPool(threads, memory, grain);
    const starting = Array.from({ length: threads - 1 }, (_, i) => pool.#startWorker(i + 1, workerUrl));
    let timer: unknown;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(notStarted(`it did not answer for ${startTimeout / 1000} s`)), startTimeout);
    });
    try {
      await Promise.race([Promise.all(starting), late]);
    } catch (error) {
      pool.terminate();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    // Only now: a process that waits for nothing else would end before they are there.
    for (const worker of pool.#workers) worker.unref();
    return pool;
  }

  /** Why it cannot be used any more. */
  get loss(): string | undefined {
    return this.#loss;
  }

  /** Which thread computes what; undefined if one thread is as fast. */
  partition(steps: readonly Step[], fma: boolean): Partition | undefined {
    return Partition.of(steps, this.#settings, fma);
  }

  /** What writes the code that all threads run. */
  threadedCode(module: ModuleBuilder, thread: Expression<"i32">, work: PartitionedSteps): ThreadedCode {
    return new ThreadedCode(module, thread, work, { ...this.#settings, threads: work.partition.threads });
  }

  /** Returns when all workers are ready to run the module's `main`. @throws BackendError when one cannot, or is lost. */
  load(module: WebAssembly.Module, threads = this.#settings.threads): LoadedProgram {
    this.#check();
    const id = ++this.#lastId;
    Atomics.store(this.#words, word(control.ready), 0);
    const loading: LoadMessage = { id, module, forget: this.#forgotten.splice(0) };
    for (const worker of this.#workers) worker.post(loading);
    this.#issueTicket(-1, this.#settings.threads);
    this.#until(control.ready, this.#workers.length);
    const failure = this.#takeFailure();
    if (failure !== undefined) throw failure;
    const program = { id, threads };
    this.#programs.register(program, id);
    return program;
  }

  /**
   * Calls `main(arena, thread)` in every thread that runs the Program, in this one with 0. @throws BackendError when a worker fails, and whatever
   * fails in this thread; the pool can be used again.
   */
  run({ id, threads }: LoadedProgram, arena: number, main: (arena: number, thread: number) => unknown): void {
    this.#check();
    Atomics.store(this.#words, word(control.arena), arena);
    const ticket = this.#issueTicket(id, threads);
    try {
      main(arena, 0);
    } catch (error) {
      Atomics.compareExchange(this.#words, word(control.failure), 0, 1);
      Atomics.add(this.#words, word(control.generation), 1);
      Atomics.notify(this.#words, word(control.generation));
      for (let thread = 1; thread < threads; thread++) this.#until(control.done + 64 * thread, ticket);
      throw this.#takeFailure() ?? error;
    }
  }

  terminate(): void {
    this.#loss ??= "it was ended";
    for (const worker of this.#workers) worker.terminate();
  }

  #startWorker(thread: number, url: WorkerUrl | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (reason: string) => {
        this.#loss ??= `worker ${thread} ended: ${reason}`;
        reject(notStarted(reason));
      };
      try {
        const worker = startWorker(workerCode, url, { message: resolve, ended });
        this.#workers.push(worker);
        const joining: JoinMessage = { thread, memory: this.#memory };
        worker.post(joining);
      } catch (error) {
        reject(notStarted(error instanceof Error ? error.message : String(error), error));
      }
    });
  }

  /** Asks the first `threads` threads, of which this is one; the others sleep on. */
  #issueTicket(program: number, threads: number): number {
    Atomics.store(this.#words, word(control.program), program);
    this.#lastTicket = (this.#lastTicket + 1) | 0;
    for (let thread = 1; thread < threads; thread++) {
      const place = word(control.ticket + 64 * thread);
      Atomics.store(this.#words, place, this.#lastTicket);
      Atomics.notify(this.#words, place);
    }
    return this.#lastTicket;
  }

  /** Waits until the word there has that value. */
  #until(address: number, value: number): void {
    const begin = Date.now();
    for (;;) {
      const now = Atomics.load(this.#words, word(address));
      if (now === value) return;
      if (Date.now() - begin > longestSilence) {
        this.#loss ??= `a worker did not answer for ${longestSilence / 1000} s`;
        this.#check();
      }
      if (this.#settings.canFirstSleep) Atomics.wait(this.#words, word(address), now, 100);
    }
  }

  #check(): void {
    if (this.#loss === undefined) return;
    throw new BackendError("wasm", `its threads are lost: ${this.#loss}`, "make the backend and its tensors again");
  }

  /** A worker's failure as an error, and everything as it was before; to be called when no worker runs. */
  #takeFailure(): BackendError | undefined {
    const thread = Atomics.load(this.#words, word(control.failure)) - 1;
    for (const address of [control.arrivals, control.sleepers, control.failure])
      Atomics.store(this.#words, word(address), 0);
    if (thread < 1) return undefined;
    const length = Atomics.load(this.#words, word(control.messageLength));
    const codes = new Uint16Array(this.#memory.buffer, control.message, Math.min(length, longestMessage));
    return new BackendError(
      "wasm",
      `thread ${thread} of ${this.#settings.threads} failed: ${String.fromCharCode(...codes)}`,
    );
  }
}

function notStarted(reason: string, cause?: unknown): BackendError {
  const remedy =
    "ask for one thread, or allow workers: in a page, worker-src blob: of its Content-Security-Policy, or the option workerUrl; in Node, --allow-worker";
  return new BackendError("wasm", `a worker did not start: ${reason}`, remedy, { cause });
}
