/** The processes that `mpirun` started, as a communicator. */
import { optionsOf, shareCores } from "@tapegrad/core/internal";
import { Communicator } from "../collectives/communicator.ts";
import { openLibrary } from "./library.ts";
import { MpiTransport } from "./transport.ts";

/** Options of `mpi`. */
export interface MpiOptions {
  /** The file of the MPI library, where it is not found by its usual names. */
  readonly library?: string | undefined;
}

let world: Promise<Communicator> | undefined;

/** How many processes of the job are on this machine, if the launcher says so: Open MPI, MPICH. */
function processesHere(): number | undefined {
  const { OMPI_COMM_WORLD_LOCAL_SIZE, MPI_LOCALNRANKS } = process.env;
  const size = Number(OMPI_COMM_WORLD_LOCAL_SIZE ?? MPI_LOCALNRANKS);
  return size >= 1 ? size : undefined;
}

/**
 * The processes of an MPI job: `mpirun -n 4 node train.js` starts four, each of which gets its rank here. Without a launcher
 * it is a world of one. Open MPI and MPICH (and what follows its binary interface) are called through the package `koffi`.
 * @throws BackendError when koffi or an MPI library is not installed, naming what to install.
 */
export async function mpi(options: MpiOptions = {}): Promise<Communicator> {
  const { library } = optionsOf("mpi", options, { library: true });
  // MPI begins once in a process.
  world ??= openLibrary(library).then((opened) => new Communicator(new MpiTransport(opened)));
  try {
    const communicator = await world;
    shareCores(processesHere() ?? communicator.size);
    return communicator;
  } catch (error) {
    world = undefined;
    throw error;
  }
}
