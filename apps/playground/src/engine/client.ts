/** The page's side of the engine: a worker behind promises. */
import { proxy, wrap } from "comlink";
import type { EngineApi } from "./protocol.ts";

/** The engine's methods, each answering by a promise. */
export type EngineClient = {
  readonly [Name in keyof EngineApi]: (
    ...values: Parameters<EngineApi[Name]>
  ) => Promise<Awaited<ReturnType<EngineApi[Name]>>>;
};

/** Starts a worker. `onCrash` hears of what no promise can tell: a script that did not load, a message that cannot be read. */
export function connectEngine(onCrash: (error: Error) => void): EngineClient {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "engine" });
  worker.addEventListener("error", (event) => {
    onCrash(new Error(`engine: the worker stopped: ${event.message || "its script did not load"}; reload the page`));
  });
  worker.addEventListener("messageerror", () => {
    onCrash(new Error("engine: a message from the worker could not be read; reload the page"));
  });
  const remote = wrap<EngineApi>(worker);
  return {
    start: (config) => remote.start(config),
    resume: (onReport) => remote.resume(proxy(onReport)),
    pause: () => remote.pause(),
    setLearningRate: (rate) => remote.setLearningRate(rate),
    sample: (prompt, temperature, length) => remote.sample(prompt, temperature, length),
    hiddenStates: (text) => remote.hiddenStates(text),
  };
}
