/**
 * Tells whether MPI can be used here, without initialising it: a process can initialise it only once, and one that only starts
 * others must not.
 */
import { BackendError } from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { openLibrary } from "./library.ts";
import type { MpiOptions } from "./mpi.ts";

/**
 * Why `mpi()` would throw on this machine, naming what to install; undefined where koffi and an MPI library are there.
 * @example
 * import { whyNoMpi } from "@tapegrad/parallel";
 * console.log((await whyNoMpi({ library: "none.so" })) === undefined); // → false
 */
export async function whyNoMpi(options: MpiOptions = {}): Promise<string | undefined> {
  const { library } = optionsOf("whyNoMpi", options, { library: true });
  try {
    await openLibrary(library);
    return undefined;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    return error.message.replace(/^mpi: /, "");
  }
}
