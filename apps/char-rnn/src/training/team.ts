/**
 * The processes that train together: rank 0 reads, decides, writes and gives orders; the others take the same steps. An order
 * is one sum over all ranks: rank 0 adds the order, and every rank adds the signals that it got, so that a signal to any rank
 * reaches rank 0.
 */

import type { Signal } from "@tapegrad/command-line";
import type { Communicator } from "@tapegrad/parallel";
import { tensor, zeros } from "tapegrad";
import { type Configuration, checkConfiguration } from "./configuration.ts";

/** What all must know before the first step. */
export interface Setup {
  readonly configuration: Configuration;
  readonly vocabularySize: number;
}

export type Order =
  | { readonly kind: "end" | "gather" }
  /** Each of batch × window tokens. A first step forgets the carried state. */
  | { readonly kind: "step" | "first step"; readonly inputs: Int32Array; readonly targets: Int32Array };

const kinds = ["end", "gather", "step", "first step"] as const satisfies readonly Order["kind"][];
const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const satisfies readonly Signal[];
const headWords = 1 + signals.length;

export class Team {
  readonly world: Communicator;
  /** Tokens of a batch. */
  readonly #tokens: number;
  readonly #onSignal: (signal: Signal) => void;

  /** Of rank 0, which tells the others what will be trained. */
  static lead(world: Communicator, setup: Setup, onSignal: (signal: Signal) => void): Team {
    broadcastText(world, JSON.stringify(setup));
    return new Team(world, setup, onSignal);
  }

  /** Of rank 0, when it turns out that there is nothing to train. */
  static dismiss(world: Communicator): void {
    broadcastText(world, "");
  }

  /** Of the others; undefined when there is nothing to do. */
  static join(world: Communicator): { readonly team: Team; readonly setup: Setup } | undefined {
    const text = broadcastText(world, "");
    if (text === "") return undefined;
    const setup = readSetup(text);
    return { team: new Team(world, setup, () => {}), setup };
  }

  private constructor(world: Communicator, { configuration }: Setup, onSignal: (signal: Signal) => void) {
    this.world = world;
    this.#tokens = configuration.batch * configuration.window;
    this.#onSignal = onSignal;
  }

  /** Has the others do something, as this process then does. */
  order(order: Order): void {
    const message = new Int32Array(headWords + 2 * this.#tokens);
    message[0] = kinds.indexOf(order.kind);
    if ("inputs" in order) {
      message.set(order.inputs, headWords);
      message.set(order.targets, headWords + this.#tokens);
    }
    const all = this.#exchange(message);
    const got = signals.find((_, at) => (all[1 + at] ?? 0) > 0);
    if (got !== undefined) this.#onSignal(got);
  }

  /** Waits for an order; passes on the signal that this process has got, if any. */
  listen(signal?: Signal): Order {
    const message = new Int32Array(headWords + 2 * this.#tokens);
    if (signal !== undefined) message[1 + signals.indexOf(signal)] = 1;
    const all = this.#exchange(message);
    const kind = kinds[all[0] ?? 0] ?? "end";
    if (kind === "end" || kind === "gather") return { kind };
    const targetsAt = headWords + this.#tokens;
    return { kind, inputs: all.slice(headWords, targetsAt), targets: all.slice(targetsAt) };
  }

  #exchange(message: Int32Array): Int32Array {
    return Int32Array.from(this.world.allReduce(tensor(message)).dataSync());
  }
}

/** The text of rank 0: its length, then its code units. */
function broadcastText(world: Communicator, own: string): string {
  const length = world.broadcast(tensor([own.length], { dtype: "int32" })).itemSync();
  if (length === 0) return "";
  const units = Int32Array.from(own, (unit) => unit.charCodeAt(0));
  const mine = world.rank === 0 ? tensor(units) : zeros([length], { dtype: "int32" });
  return String.fromCharCode(...Int32Array.from(world.broadcast(mine).dataSync()));
}

function readSetup(text: string): Setup {
  const value: unknown = JSON.parse(text);
  const fields = new Map<string, unknown>(Object.entries(value ?? {}));
  const checked = checkConfiguration(fields.get("configuration"));
  const vocabularySize = Number(fields.get("vocabularySize"));
  if ("fault" in checked) throw new Error(`internal: rank 0 sent another ${checked.fault}`);
  return { configuration: checked.configuration, vocabularySize };
}
