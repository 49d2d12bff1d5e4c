/** Finds the MPI library of this machine, and the constants of its kind (Open MPI or MPICH). */
import { BackendError } from "@tapegrad/core";
import type { KoffiFunc, LibraryHandle } from "koffi";

type Koffi = typeof import("koffi").default;

/** A handle of MPI: an address in Open MPI, an integer in MPICH. */
export type Handle = bigint | number;

/** What differs between the two application binary interfaces that MPI libraries follow. */
interface Abi {
  /** C types of handles (communicators and datatypes) and of a request in memory. */
  readonly handle: string;
  readonly requestBytes: number;
  readonly world: Handle;
  readonly byte: Handle;
  readonly anySource: number;
  /** Of `MPI_STATUS_IGNORE`. */
  readonly ignore: bigint;
  readonly errorsReturn: Handle;
}

export type MpiFunction = KoffiFunc<(...values: readonly unknown[]) => unknown>;

export interface MpiLibrary {
  readonly abi: Abi;
  readonly koffi: Koffi;
  readonly lib: LibraryHandle;
  readonly path: string;
  call(name: string, result: string, parameters: readonly string[]): MpiFunction;
}

/** File names, by the launcher that started this process; the soname of an ABI comes first. */
const fileNames = {
  openMpi: ["libmpi.so.40", "libmpi.so", "libmpi.40.dylib", "libmpi.dylib"],
  mpich: ["libmpich.so.12", "libmpi.so.12", "libmpi.12.dylib", "libmpich.so"],
} as const;

export async function openLibrary(path: string | undefined): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const startedByMpich = process.env.PMI_RANK !== undefined || process.env.PMI_FD !== undefined;
  const names = startedByMpich
    ? [...fileNames.mpich, ...fileNames.openMpi]
    : [...fileNames.openMpi, ...fileNames.mpich];
  const refusals: string[] = [];
  for (const name of path === undefined ? names : [path]) {
    const lib = opened(koffi, name, refusals);
    if (lib !== undefined) return libraryOf(koffi, lib, name);
  }
  throw new BackendError(
    "mpi",
    `no MPI library could be opened: ${refusals.join("; ")}`,
    "install one (Debian: apt-get install openmpi-bin libopenmpi-dev), or give its path as { library }",
  );
}

async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import("koffi")).default;
  } catch (cause) {
    throw new BackendError("mpi", "the package koffi, which calls MPI, is not installed", "npm install koffi", {
      cause,
    });
  }
}

function opened(koffi: Koffi, name: string, refusals: string[]): LibraryHandle | undefined {
  try {
    return koffi.load(name);
  } catch (error) {
    refusals.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function libraryOf(koffi: Koffi, lib: LibraryHandle, path: string): MpiLibrary {
  return {
    koffi,
    lib,
    path,
    abi: openMpiAbi(koffi, lib) ?? mpichAbi,
    call: (name, result, parameters) => lib.func(name, result, [...parameters]),
  };
}

/** Handles are addresses of the library's own objects. */
function openMpiAbi(koffi: Koffi, lib: LibraryHandle): Abi | undefined {
  const address = (name: string): bigint => koffi.address(lib.symbol(name, "void *"));
  try {
    return {
      handle: "void *",
      requestBytes: 8,
      world: address("ompi_mpi_comm_world"),
      byte: address("ompi_mpi_byte"),
      errorsReturn: address("ompi_mpi_errors_return"),
      anySource: -1,
      ignore: 0n,
    };
  } catch {
    return undefined; // A library without these symbols is of the other kind.
  }
}

/** The constants of mpi.h that the MPICH ABI Compatibility Initiative fixes (MPICH, Intel MPI, MVAPICH, Cray). */
const mpichAbi: Abi = {
  handle: "int",
  requestBytes: 4,
  world: 0x44000000,
  byte: 0x4c00010d,
  errorsReturn: 0x54000001,
  anySource: -2,
  ignore: 1n,
};
