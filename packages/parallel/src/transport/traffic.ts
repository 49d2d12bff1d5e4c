/** Measures the traffic of a transport: the share of a step that is communication. */
import { BackendError } from "@tapegrad/core";
import type { Exchange, Transport } from "./transport.ts";

/** What a process has sent, and the time that it took. */
export interface Traffic {
  /** Messages that were sent. */
  readonly messages: number;
  /** Bytes that were sent. */
  readonly bytes: number;
  /** In exchanges: the way of the bytes, and waiting for ranks that came later. */
  readonly milliseconds: number;
}

/** A transport that counts. */
export class Metered implements Transport {
  readonly name: string;
  readonly rank: number;
  readonly size: number;
  readonly #transport: Transport;
  #closed = false;
  #traffic: Traffic = { messages: 0, bytes: 0, milliseconds: 0 };

  constructor(transport: Transport) {
    this.#transport = transport;
    this.name = transport.name;
    this.rank = transport.rank;
    this.size = transport.size;
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  exchange(...exchanges: readonly Exchange[]): void {
    if (this.#closed) throw new BackendError("parallel", "the communicator is closed", "close it after its last use");
    const began = performance.now();
    this.#transport.exchange(...exchanges);
    const sent = exchanges.flatMap(({ to }) => to ?? []);
    this.#traffic = {
      messages: this.#traffic.messages + sent.length,
      bytes: this.#traffic.bytes + sent.reduce((sum, { bytes }) => sum + bytes.length, 0),
      milliseconds: this.#traffic.milliseconds + performance.now() - began,
    };
  }

  fail(reason: string): void {
    this.#transport.fail(reason);
  }

  close(): void {
    this.#closed = true;
    this.#transport.close();
  }
}
