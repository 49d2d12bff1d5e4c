/** Workers of Node and of browsers as one thing, and whether there can be any. */
import { BackendError } from "@tapegrad/core";

export interface WorkerThread {
  post(message: unknown): void;
  /** From here on it does not keep the process alive. */
  unref(): void;
  terminate(): void;
}

export interface WorkerListener {
  message(): void;
  /** It ended, by an error or without. */
  ended(reason: string): void;
}

/** What is used of Node's module `worker_threads`, which browsers lack and bundlers should not look for. */
interface NodeWorkers {
  readonly Worker: new (
    code: string,
    options: { eval: true; name: string; execArgv: string[] },
  ) => {
    on(event: "message" | "error" | "exit", listener: (value: unknown) => void): void;
    postMessage(message: unknown): void;
    unref(): void;
    terminate(): void;
  };
}

/** What is used of a browser's globals. */
interface Platform {
  readonly process?: { getBuiltinModule?(name: "node:worker_threads"): NodeWorkers | undefined };
  readonly crossOriginIsolated?: boolean;
  readonly Worker?: new (
    url: string,
    options: { name: string },
  ) => {
    onmessage: () => void;
    onerror: (event: { readonly message?: string }) => void;
    postMessage(message: unknown): void;
    terminate(): void;
  };
  readonly Blob: new (parts: string[], options: { type: string }) => object;
  readonly URL: { createObjectURL(blob: object): string; revokeObjectURL(url: string): void };
}

// The one unchecked cast: the globals of several platforms, whose libraries are not all there.
const platform = globalThis as unknown as Platform;
const name = "tapegrad";

function nodeWorkers(): NodeWorkers | undefined {
  return platform.process?.getBuiltinModule?.("node:worker_threads");
}

/** Whether workers can share memory: in Node, and in browsers where the page is cross-origin isolated. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  return nodeWorkers() !== undefined || (platform.crossOriginIsolated === true && platform.Worker !== undefined);
}

/** Whether this thread may sleep in `Atomics.wait`: everywhere but where a browser draws a page. */
export function canSleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export function startWorker(code: string, listener: WorkerListener): WorkerThread {
  const node = nodeWorkers();
  return node === undefined ? startInBrowser(code, listener) : startInNode(node, code, listener);
}

function startInNode({ Worker }: NodeWorkers, code: string, listener: WorkerListener): WorkerThread {
  const worker = new Worker(code, { eval: true, name, execArgv: [] });
  worker.on("message", () => listener.message());
  worker.on("error", (error) => listener.ended(String(error)));
  worker.on("exit", (status) => listener.ended(`it exited with ${status}`));
  return {
    post: (message) => worker.postMessage(message),
    unref: () => worker.unref(),
    terminate: () => worker.terminate(),
  };
}

function startInBrowser(code: string, listener: WorkerListener): WorkerThread {
  const { Worker, Blob, URL } = platform;
  if (Worker === undefined) throw new BackendError("wasm", "this platform has no workers", "ask for one thread");
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(url, { name });
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    listener.message();
  };
  worker.onerror = ({ message }) =>
    listener.ended(message ?? "the page's Content-Security-Policy may forbid blob: workers");
  return {
    post: (message) => worker.postMessage(message),
    unref: () => {},
    terminate: () => worker.terminate(),
  };
}
