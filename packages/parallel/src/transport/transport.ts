/**
 * The interface that carries bytes between the processes of a run. All collectives are built on `exchange`, so that they give
 * the same bits on each transport.
 */

/** A contiguous piece of memory that is sent from, or received into, where it lies. */
export type Bytes = Uint8Array;

/** What goes to a process, or comes from one. */
export interface Message {
  readonly rank: number;
  readonly bytes: Bytes;
}

/** A message to a process, a message from one, or both at the same time. */
export interface Exchange {
  readonly to?: Message;
  readonly from?: Message;
}

export interface Transport {
  /** "mpi" or "threads". */
  readonly name: string;
  /** Which process this is, from 0. */
  readonly rank: number;
  readonly size: number;
  /**
   * Returns when all that was to be sent has left `to.bytes` and all that was to come has arrived. Messages from one rank to another
   * keep their order, and both sides agree on their lengths.
   * @throws BackendError, naming the rank, when another process failed or ended.
   */
  exchange(...exchanges: readonly Exchange[]): void;
  /** Tells all others that this process cannot go on; they throw `reason` in the name of this rank. */
  fail(reason: string): void;
  /** Ends the connection; the others may still finish. */
  close(): void;
}
