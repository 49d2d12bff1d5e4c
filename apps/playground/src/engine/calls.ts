/** Calls to a host that may end before it answers. Each call is answered or rejected, so that no caller waits for ever. */
import { type Remote, releaseProxy, wrap } from "comlink";
import type { Host } from "./host.ts";

export type OpenHost = (onEnd: (error: Error) => void) => Host;

export class Calls<Api> {
  readonly #host: Host;
  readonly #remote: Remote<Api>;
  readonly #waiting = new Set<(error: Error) => void>();
  #end: Error | undefined;

  /** `onEnd` hears when the host ends by itself; what was asked is rejected with the same error. */
  constructor(open: OpenHost, onEnd: (error: Error) => void) {
    this.#host = open((error) => {
      this.#reject(error);
      onEnd(error);
    });
    this.#remote = wrap<Api>(this.#host.endpoint);
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  call<Result>(make: (remote: Remote<Api>) => PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) {
        reject(this.#end);
        return;
      }
      this.#waiting.add(reject);
      Promise.resolve(make(this.#remote))
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  close(): void {
    this.#reject(new Error("engine: the run was closed"));
    this.#remote[releaseProxy]();
    this.#host.close();
  }

  #reject(error: Error): void {
    this.#end ??= error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}
