/** Starts workers, of Node and of browsers alike, and tells whether there can be any. */
export interface WorkerThread {
  post(message: unknown): void;
  /** From here on it does not keep the process alive. */
  unref(): void;
  terminate(): void;
}

/** The address of a worker's file, which a page's Trusted Types may want to be an object of theirs. */
export type WorkerUrl = string | { toString(): string };

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
    url: WorkerUrl,
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

/** A worker that runs `code`; in a browser, where `url` is given, the file there. Whatever `new Worker` throws, where it is refused. */
export function startWorker(code: string, url: WorkerUrl | undefined, listener: WorkerListener): WorkerThread {
  const node = nodeWorkers();
  if (node !== undefined) return startInNode(node, code, listener);
  return url === undefined ? startFromBlob(code, listener) : startInBrowser(url, listener);
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

function startFromBlob(code: string, listener: WorkerListener): WorkerThread {
  const { Blob, URL } = platform;
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const revoke = () => URL.revokeObjectURL(url);
  try {
    return startInBrowser(url, {
      message: () => {
        revoke();
        listener.message();
      },
      ended: (reason) => {
        revoke();
        listener.ended(reason);
      },
    });
  } catch (error) {
    revoke();
    throw error;
  }
}

function startInBrowser(url: WorkerUrl, listener: WorkerListener): WorkerThread {
  const { Worker } = platform;
  if (Worker === undefined) throw new Error("this platform has no workers");
  const worker = new Worker(url, { name });
  worker.onmessage = () => listener.message();
  // The event of a file that may not or cannot be loaded has no message.
  worker.onerror = ({ message }) => listener.ended(message ?? `${url} could not be loaded`);
  return {
    post: (message) => worker.postMessage(message),
    unref: () => {},
    terminate: () => worker.terminate(),
  };
}
