/** Training on several processes: communicators over MPI or threads, and data parallelism that gives the same bits on any number. */
export { Communicator } from "./collectives/communicator.ts";
export { type DataParallelOptions, dataParallel, type StepResults } from "./data-parallel/data-parallel.ts";
export { type MpiOptions, mpi } from "./mpi/mpi.ts";
export { whyNoMpi } from "./mpi/presence.ts";
export { threads } from "./threads/threads.ts";
export type { Traffic } from "./transport/traffic.ts";
