/** A rival in a process of its own, asked in lines of JSON (`peers/protocol.mjs` and `pytorch/lstm.py` answer). */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isPlainObject, type Tensor } from "tapegrad";
import type { Task } from "./tasks.ts";
import { learningRate, type TrainingStep } from "./training-step.ts";
import type { Runner } from "./turns.ts";

export interface Steps {
  readonly losses: readonly number[];
  readonly milliseconds: readonly number[];
}

export interface PeerProgram {
  readonly name: string;
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export class Peer implements Runner {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";
  #description = "";

  private constructor(program: PeerProgram) {
    this.name = program.name;
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

  /** Undefined if it ends at once with a message that `isAbsent` recognises. @throws Error if it ends otherwise. */
  static async start(
    program: PeerProgram,
    isAbsent: (message: string) => boolean = () => false,
  ): Promise<Peer | undefined> {
    const peer = new Peer(program);
    const greeting = await peer.#next();
    if (greeting !== undefined) {
      peer.#description = String(peer.#field(greeting, "description"));
      return peer;
    }
    if (isAbsent(peer.#complaints)) return undefined;
    throw peer.#failure();
  }

  /** Name, version and what else matters. */
  get description(): string {
    return this.#description;
  }

  /** Takes over weights and data of `step`, which has made none yet. */
  async prepare(task: Task, step: TrainingStep): Promise<void> {
    const weights = Object.fromEntries(Object.entries(step.weights()).map(([name, tensor]) => [name, encode(tensor)]));
    const [inputs, targets] = [encode(step.inputs), encode(step.targets)];
    await this.#ask({ command: "prepare", task, learningRate, weights, inputs, targets });
  }

  /** Prepares a·b, of float32 matrices. Gives the product. */
  async multiply(a: Tensor, b: Tensor): Promise<Float32Array> {
    const shape = [...a.shape, b.shape[1]];
    const answer = await this.#ask({ command: "multiply", shape, a: encode(a), b: encode(b) });
    return new Float32Array(Uint8Array.from(Buffer.from(String(this.#field(answer, "product")), "base64")).buffer);
  }

  /** Steps of what was prepared last. */
  async steps(count: number): Promise<Steps> {
    const answer = await this.#ask({ command: "run", steps: count });
    return { losses: this.#numbers(answer, "losses"), milliseconds: this.#numbers(answer, "milliseconds") };
  }

  async run(steps: number): Promise<readonly number[]> {
    return (await this.steps(steps)).milliseconds;
  }

  close(): void {
    this.#child.stdin.end();
  }

  async #ask(request: object): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await this.#next();
    if (answer === undefined) throw this.#failure();
    return answer;
  }

  /** Undefined when the process has ended. */
  async #next(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : JSON.parse(value);
  }

  #field(answer: unknown, name: string): unknown {
    if (!isPlainObject(answer) || !(name in answer)) throw new Error(`${this.name}'s answer has no ${name}`);
    return Object.entries(answer).find(([key]) => key === name)?.[1];
  }

  #numbers(answer: unknown, name: string): number[] {
    const list = this.#field(answer, name);
    if (!Array.isArray(list)) throw new Error(`${this.name}'s ${name} are not a list`);
    return list.map(Number);
  }

  #failure(): Error {
    return new Error(`${this.name} ended: ${this.#complaints.trim() || "without a word"}`);
  }
}

function encode(tensor: Tensor): string {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
