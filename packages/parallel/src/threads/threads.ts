/** Threads of this machine as a communicator. It needs neither an installation nor a launcher. */
import { BackendError } from "@tapegrad/core";
import { checkCount, isPlainObject, shareCores } from "@tapegrad/core/internal";
import { Communicator } from "../collectives/communicator.ts";
import { sharedBytes, ThreadsTransport } from "./transport.ts";

/** What a worker is given. */
interface Seat {
  readonly memory: SharedArrayBuffer;
  readonly rank: number;
  readonly size: number;
}

const seatKey = "tapegrad.parallel.seat";

let world: Communicator | undefined;

/**
 * Runs this script in `size` threads: the calling one is rank 0, the others are workers that run the same script from its
 * beginning, and get their rank where they call `threads` themselves. As under `mpirun`, all do the same calls in the same order.
 * @throws BackendError when a world of another size was started before, or the platform has no worker threads.
 */
export async function threads(size: number): Promise<Communicator> {
  checkCount("threads", "number of threads", size, 1);
  world ??= takeSeat() ?? launch(size);
  shareCores(world.size);
  if (world.size !== size)
    throw new BackendError("threads", `there are ${world.size} threads, not ${size}`, "call it with one number");
  return world;
}

/** The world of a thread that another one started. */
function takeSeat(): Communicator | undefined {
  const { workerData } = process.getBuiltinModule("node:worker_threads");
  const given: unknown = isPlainObject(workerData) ? workerData[seatKey] : undefined;
  if (!isSeat(given)) return undefined;
  return new Communicator(new ThreadsTransport(given.memory, given.rank, given.size));
}

function isSeat(value: unknown): value is Seat {
  return isPlainObject(value) && value.memory instanceof SharedArrayBuffer;
}

function launch(size: number): Communicator {
  const script = process.argv[1];
  if (script === undefined)
    throw new BackendError("threads", "there is no script that threads could run", "start node with a file");
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const memory = new SharedArrayBuffer(sharedBytes(size));
  for (let rank = 1; rank < size; rank++) {
    const seat: Seat = { memory, rank, size };
    const worker = new Worker(script, { argv: process.argv.slice(2), workerData: { [seatKey]: seat } });
    // The other threads learn of it through shared memory, and end with errors of their own; an error here would cut off their
    // messages.
    worker.on("error", (error) => {
      console.error(`rank ${rank}:`, error);
      process.exitCode = 1;
    });
    worker.on("exit", (code) => {
      if (code !== 0) process.exitCode ??= code;
    });
  }
  return new Communicator(new ThreadsTransport(memory, 0, size));
}
