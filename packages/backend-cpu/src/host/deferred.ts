/**
 * Calls that wait for their backend's engine. They are recorded in order, and each runs when one of its results is needed and
 * the engine has arrived. A call whose results nobody can read any more never runs.
 */
import type { Backend, Buffer } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { HostBuffer } from "./host-buffer.ts";

/** What a host backend knows a tensor's data by. */
export type HostStorage = HostBuffer | DeferredBuffer;

/** A result that may not be there yet. */
export class DeferredBuffer implements Buffer {
  readonly backend: Backend;
  readonly call: DeferredCall;
  /** Tensors that have the buffer, and calls that are going to read it. */
  holders = 1;
  /** Its Parameter had another value before it was there. */
  isRetired = false;
  #data: HostBuffer | undefined;

  constructor(backend: Backend, call: DeferredCall) {
    this.backend = backend;
    this.call = call;
  }

  /** Where the data are, once they are there. */
  get data(): HostBuffer | undefined {
    return this.#data;
  }

  set data(data: HostBuffer | undefined) {
    this.#data = data;
    if (this.isRetired) data?.retire();
  }
}

export class DeferredCall {
  readonly outputs: readonly DeferredBuffer[];
  #inputs: readonly HostStorage[];
  #run: (() => readonly HostBuffer[]) | undefined;
  #failure: unknown;

  /** `run` makes `results` buffers of the inputs, which it finds settled. */
  constructor(backend: Backend, inputs: readonly HostStorage[], results: number, run: () => readonly HostBuffer[]) {
    this.outputs = Array.from({ length: results }, () => new DeferredBuffer(backend, this));
    this.#inputs = inputs;
    this.#run = run;
    for (const input of inputs) input.holders++;
  }

  get isDone(): boolean {
    return this.#run === undefined;
  }

  /** Does the call, after those that it depends on; gives up what they read to `release`. */
  settle(release: (input: HostStorage) => void): void {
    const stack: DeferredCall[] = [this];
    for (let call = stack.at(-1); call !== undefined; call = stack.at(-1)) {
      const before = call.#inputs.flatMap((input) =>
        input instanceof DeferredBuffer && !input.call.isDone ? [input.call] : [],
      );
      if (before.length > 0) stack.push(...before);
      else {
        stack.pop();
        call.#finish(release);
      }
    }
  }

  #finish(release: (input: HostStorage) => void): void {
    if (this.#run === undefined) return;
    try {
      const results = this.#run();
      for (const [i, output] of this.outputs.entries()) {
        output.data = defined(results[i], "result");
        if (output.holders === 0) release(output.data);
      }
    } catch (error) {
      this.#failure = error;
    }
    for (const input of this.abandon()) release(input);
  }

  /** What went wrong, in a call that is done. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Ends the call, done or not: what it was going to read. */
  abandon(): readonly HostStorage[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    this.#run = undefined;
    return inputs;
  }
}
