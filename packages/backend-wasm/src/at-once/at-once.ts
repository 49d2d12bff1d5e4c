/** The part of the backends' code that is available without waiting. It depends on where the program runs. */
import type { HostEngine } from "@tapegrad/backend-cpu/host";

export interface AtOnce {
  /** Kernels for reads that cannot wait. */
  readonly kernels?: HostEngine["kernels"];
  /** Gives the backend of that name its engine, if it can. */
  cpu?(): void;
  wasm?(): void;
}
