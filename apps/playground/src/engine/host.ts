/** The interface of a place where an engine runs: it answers the page's calls until it is closed. */
import type { Endpoint } from "comlink";

export interface Host {
  readonly endpoint: Endpoint;
  close(): void;
}

/** A plain worker, for everything that comes with the page. `onEnd` hears of what no promise can tell. */
export function openWorker(onEnd: (error: Error) => void): Host {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "engine" });
  worker.addEventListener("error", (event) => {
    onEnd(new Error(`engine: the worker stopped: ${event.message || "its script did not load"}; reload the page`));
  });
  worker.addEventListener("messageerror", () => {
    onEnd(new Error("engine: a message from the worker could not be read; reload the page"));
  });
  return { endpoint: worker, close: () => worker.terminate() };
}
