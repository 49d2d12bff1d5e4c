/**
 * The client of a library in another process, which makes training steps and products and answers in the protocol of
 * `peers/session.mjs` or `pytorch/lstm.py`.
 */
import { isPlainObject } from "@tapegrad/core/internal";
import type { Tensor } from "tapegrad";
import { learningRate } from "./training-step.ts";
import type { Runner } from "./turns.ts";

export interface Steps {
  readonly losses: readonly number[];
  readonly milliseconds: readonly number[];
}

/** The way to where it runs. */
export interface Connection {
  /** @throws Error by the promise, if there is no answer. */
  ask(request: object): Promise<unknown>;
  close(): void;
}

/** A training step that others make, too. */
export interface ComparedStep {
  readonly inputs: Tensor;
  readonly targets: Tensor;
  /** By name, as they are. */
  weights(): Readonly<Record<string, Tensor>>;
  /** One step. The loss before it. */
  advance(): number;
}

export class Peer implements Runner {
  readonly name: string;
  /** Name, version and what else matters. */
  readonly description: string;
  readonly #connection: Connection;

  constructor(name: string, description: string, connection: Connection) {
    this.name = name;
    this.description = description;
    this.#connection = connection;
  }

  /** Takes over weights and data of `step`, which has made none yet. */
  async prepare(task: object, step: Omit<ComparedStep, "advance">): Promise<void> {
    const weights = Object.fromEntries(Object.entries(step.weights()).map(([name, tensor]) => [name, encode(tensor)]));
    const [inputs, targets] = [encode(step.inputs), encode(step.targets)];
    await this.#connection.ask({ command: "prepare", task, learningRate, weights, inputs, targets });
  }

  /** Prepares a·b, of float32 matrices. Gives the product. */
  async multiply(a: Tensor, b: Tensor): Promise<Float32Array> {
    const shape = [...a.shape, b.shape[1]];
    const answer = await this.#connection.ask({ command: "multiply", shape, a: encode(a), b: encode(b) });
    return new Float32Array(Uint8Array.from(Buffer.from(String(this.#field(answer, "product")), "base64")).buffer);
  }

  /** Steps of what was prepared last. */
  async steps(count: number): Promise<Steps> {
    const answer = await this.#connection.ask({ command: "run", steps: count });
    return { losses: this.#numbers(answer, "losses"), milliseconds: this.#numbers(answer, "milliseconds") };
  }

  async run(steps: number): Promise<readonly number[]> {
    return (await this.steps(steps)).milliseconds;
  }

  close(): void {
    this.#connection.close();
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
}

function encode(tensor: Tensor): string {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
