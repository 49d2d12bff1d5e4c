/** A rival in a process of its own, asked in lines of JSON (`peers/protocol.mjs` and `pytorch/lstm.py` answer). */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isPlainObject } from "@tapegrad/core/internal";
import { type Connection, Peer } from "./peer.ts";

export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Undefined if it ends at once with a message that `isAbsent` recognises. @throws Error if it ends otherwise. */
export async function startPeer(
  program: PeerProgram,
  isAbsent: (message: string) => boolean = () => false,
): Promise<Peer | undefined> {
  const process = new PeerProcess(program);
  const greeting = await process.next();
  if (greeting !== undefined) {
    const description = isPlainObject(greeting) && "description" in greeting ? greeting.description : undefined;
    if (description === undefined) throw new Error(`${program.name}'s greeting has no description`);
    return new Peer(program.name, String(description), process);
  }
  if (isAbsent(process.complaints)) return undefined;
  throw process.failure();
}

class PeerProcess implements Connection {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";

  constructor(program: PeerProgram) {
    this.#name = program.name;
    this.#child = spawn(program.command, program.arguments, { env: { ...process.env, ...program.environment } });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints += text;
    });
    const complain = (error: Error) => {
      this.#complaints += error.message;
    };
    this.#child.on("error", complain);
    this.#child.stdin.on("error", complain);
  }

  /** What it wrote for people. */
  get complaints(): string {
    return this.#complaints;
  }

  async ask(request: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.next();
    if (answer === undefined) throw this.failure();
    return answer;
  }

  close(): void {
    this.#child.stdin.end();
  }

  /** The next line. Undefined when the process has ended. */
  async next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : JSON.parse(value);
  }

  failure(): Error {
    return new Error(`${this.#name} ended: ${this.#complaints.trim() || "without a word"}`);
  }
}
