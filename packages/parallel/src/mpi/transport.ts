/** MPI as a transport: messages are sent from, and received into, the memory of tensors. */
import { BackendError } from "@tapegrad/core";
import { decodeReason, encodeReason, failureOf, longestReason } from "../transport/failure.ts";
import { waitUntil } from "../transport/spin-wait.ts";
import type { Bytes, Exchange, Message, Transport } from "../transport/transport.ts";
import type { MpiLibrary } from "./library.ts";

/** Tags of messages: data, a failure (its rank, then the reason), and that a process has ended because of a failure. */
const tags = { data: 1, failure: 2, understood: 3 } as const;
/** MPI_THREAD_SERIALIZED: calls come from one thread at a time. */
const threadLevel = 2;
/** Milliseconds that a failing process waits for the others to end because of that, before it exits and the launcher ends them. */
const lastWords = 5000;

export class MpiTransport implements Transport {
  readonly name = "mpi";
  /** Bytes of one message: MPI counts them in 31 bits. */
  readonly longestMessage: number = 2 ** 30;
  readonly rank: number;
  readonly size: number;
  readonly #mpi: ReturnType<typeof functionsOf>;
  readonly #failure = new Uint8Array(4 + longestReason);
  readonly #failureRequest: Bytes;
  #told: { readonly rank: number; readonly reason: string } | undefined;
  #closed = false;

  /** Begins MPI, once in the life of a process. @throws BackendError when MPI refuses. */
  constructor(library: MpiLibrary) {
    this.#mpi = functionsOf(library);
    const { init, isInitialized, rankOf, sizeOf, returnErrors } = this.#mpi;
    if (!isInitialized()) init(threadLevel);
    returnErrors();
    this.rank = rankOf();
    this.size = sizeOf();
    this.#failureRequest = this.#mpi.receive(this.#failure, library.abi.anySource, tags.failure);
  }

  exchange(...exchanges: readonly Exchange[]): void {
    // Receives come first, so that nothing arrives that is not expected.
    const requests = [
      ...exchanges.flatMap(({ from }) => (from === undefined ? [] : this.#pieces(this.#mpi.receive, from))),
      ...exchanges.flatMap(({ to }) => (to === undefined ? [] : this.#pieces(this.#mpi.send, to))),
    ];
    waitUntil(() => {
      this.#throwIfTold();
      return requests.every((request) => this.#mpi.isDone(request));
    });
  }

  /** The requests of a message, in pieces that MPI can count. */
  #pieces(post: (bytes: Bytes, rank: number, tag: number) => Bytes, { rank, bytes }: Message): Bytes[] {
    const longest = this.longestMessage;
    const count = Math.max(1, Math.ceil(bytes.length / longest));
    return Array.from({ length: count }, (_, k) =>
      post(bytes.subarray(k * longest, (k + 1) * longest), rank, tags.data),
    );
  }

  fail(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.size === 1 || this.#hasEndedForAnother()) return;
    const message = new Uint8Array([...new Uint8Array(Int32Array.of(this.rank).buffer), ...encodeReason(reason)]);
    const others = Array.from({ length: this.size }, (_, rank) => rank).filter((rank) => rank !== this.rank);
    const answers = others.map((rank) => {
      this.#mpi.send(message, rank, tags.failure);
      return this.#mpi.receive(new Uint8Array(0), rank, tags.understood);
    });
    const end = performance.now() + lastWords;
    waitUntil(() => performance.now() > end || answers.every((answer) => this.#mpi.isDone(answer)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // After a failure not all ranks come here, and a rank that finalises would wait for them.
    if (this.#hasEndedForAnother() || this.#mpi.isDone(this.#failureRequest)) return;
    this.#mpi.cancel(this.#failureRequest);
    this.#mpi.finalize();
  }

  /** A rank that got a failure has nothing to add, and marks its last words as sent. */
  #hasEndedForAnother(): boolean {
    if (this.#told === undefined) return false;
    this.#mpi.send(new Uint8Array(0), this.#told.rank, tags.understood);
    return true;
  }

  #throwIfTold(): void {
    if (this.#told === undefined && this.#mpi.isDone(this.#failureRequest)) {
      const rank = new DataView(this.#failure.buffer).getInt32(0, true);
      this.#told = { rank, reason: decodeReason(this.#failure.subarray(4)) };
    }
    if (this.#told !== undefined) throw failureOf(this.#told.rank, this.#told.reason);
  }
}

/** MPI's functions, with the constants of the library's kind filled in. A request is the memory that its handle lies in. */
function functionsOf({ abi, call }: MpiLibrary) {
  const { handle, world, byte, ignore, requestBytes } = abi;
  const checked = (name: string, parameters: readonly string[]) => {
    const run = call(name, "int", parameters);
    return (...values: readonly unknown[]): void => {
      const code: unknown = run(...values);
      if (code !== 0) throw new BackendError("mpi", `${name} failed with code ${String(code)}`, "see what MPI printed");
    };
  };
  const initThread = checked("MPI_Init_thread", ["void *", "void *", "int", "_Out_ int *"]);
  const initialized = checked("MPI_Initialized", ["_Out_ int *"]);
  const commRank = checked("MPI_Comm_rank", [handle, "_Out_ int *"]);
  const commSize = checked("MPI_Comm_size", [handle, "_Out_ int *"]);
  const setErrorHandler = checked("MPI_Comm_set_errhandler", [handle, handle]);
  const message = ["void *", "int", handle, "int", "int", handle, "void *"];
  const [isend, irecv] = [checked("MPI_Isend", message), checked("MPI_Irecv", message)];
  const test = checked("MPI_Test", ["void *", "_Out_ int *", "void *"]);
  const cancel = checked("MPI_Cancel", ["void *"]);
  const free = checked("MPI_Request_free", ["void *"]);
  const finalize = checked("MPI_Finalize", []);
  const numberFrom = (run: (out: [number]) => void): number => {
    const out: [number] = [0];
    run(out);
    return out[0];
  };
  const posted =
    (post: typeof isend) =>
    (bytes: Bytes, rank: number, tag: number): Bytes => {
      const request = new Uint8Array(requestBytes);
      post(bytes, bytes.length, byte, rank, tag, world, request);
      return request;
    };
  return {
    init: (level: number) => numberFrom((out) => initThread(null, null, level, out)),
    isInitialized: () => numberFrom((out) => initialized(out)) !== 0,
    rankOf: () => numberFrom((out) => commRank(world, out)),
    sizeOf: () => numberFrom((out) => commSize(world, out)),
    returnErrors: () => setErrorHandler(world, abi.errorsReturn),
    send: posted(isend),
    receive: posted(irecv),
    /** A request that is done becomes MPI_REQUEST_NULL, which is done ever after. */
    isDone: (request: Bytes) => numberFrom((out) => test(request, out, ignore)) !== 0,
    cancel: (request: Bytes) => {
      cancel(request);
      free(request);
    },
    finalize: () => finalize(),
  };
}
