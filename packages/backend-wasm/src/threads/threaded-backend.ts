/** A backend with threads. Only programs that ask for threads load this code. */
import { HostBackend } from "@tapegrad/backend-cpu";
import { engineOn } from "../engine.ts";
import { sharedMemory } from "./shared-memory.ts";
import { ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";

/** With workers on shared memory: the platform must let it be shared. Its tensors meet no others. */
export async function createThreadedBackend(fma: boolean, threads: number, options?: ThreadPoolOptions) {
  const { memory, maximum } = sharedMemory();
  const pool = await ThreadPool.start(threads, memory, options);
  const engine = engineOn({ memory, fma, sharing: { pool, maximum } });
  return { backend: new HostBackend("wasm", engine, threads), pool };
}
