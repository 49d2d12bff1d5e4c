/** The world that a program was started in: `mpi`, or `threads 4`. */
import { type Communicator, mpi, threads } from "../../src/index.ts";

export function worldOfArguments(): Promise<Communicator> {
  const [kind, size] = process.argv.slice(2);
  return kind === "mpi" ? mpi() : threads(Number(size));
}
