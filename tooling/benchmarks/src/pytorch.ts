/** PyTorch in a process of its own, asked in lines of JSON (`pytorch/lstm.py` says which), on one thread. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isPlainObject, type Tensor } from "tapegrad";
import type { Task } from "./tasks.ts";
import { learningRate, type TrainingStep } from "./training-step.ts";

const script = fileURLToPath(new URL("../pytorch/lstm.py", import.meta.url));

/** Debian's package belongs to Debian's Python, which need not be the first in the path. */
const interpreters = ["python3", "/usr/bin/python3"];

const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

export interface Steps {
  readonly losses: readonly number[];
  readonly milliseconds: readonly number[];
}

export class PyTorch {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";
  /** Version and matrix library. */
  #description = "";

  private constructor(interpreter: string) {
    this.#child = spawn(interpreter, [script], { env: { ...process.env, ...oneThread } });
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

  /** Undefined where no Python has torch. @throws Error when one has, and fails otherwise. */
  static async start(): Promise<PyTorch | undefined> {
    for (const interpreter of interpreters) {
      const pytorch = new PyTorch(interpreter);
      const greeting = await pytorch.#next();
      if (greeting !== undefined) {
        pytorch.#description = `${field(greeting, "version")} with ${field(greeting, "blas")}`;
        return pytorch;
      }
      if (!/No module named|ENOENT/.test(pytorch.#complaints)) throw pytorch.#failure();
    }
    return undefined;
  }

  get description(): string {
    return this.#description;
  }

  /** Takes over weights and data of `step`, which has made none yet. */
  async prepare(task: Task, step: TrainingStep): Promise<void> {
    const weights = Object.fromEntries(Object.entries(step.weights()).map(([name, tensor]) => [name, encode(tensor)]));
    const [inputs, targets] = [encode(step.inputs), encode(step.targets)];
    await this.#ask({ command: "prepare", task, learningRate, weights, inputs, targets });
  }

  async run(steps: number): Promise<Steps> {
    const answer = await this.#ask({ command: "run", steps });
    return { losses: numbers(field(answer, "losses")), milliseconds: numbers(field(answer, "milliseconds")) };
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

  #failure(): Error {
    return new Error(`PyTorch ended: ${this.#complaints.trim() || "without a word"}`);
  }
}

function encode(tensor: Tensor): string {
  const { buffer, byteOffset, byteLength } = tensor.dataSync();
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function field(answer: unknown, name: string): unknown {
  if (!isPlainObject(answer) || !(name in answer)) throw new Error(`PyTorch's answer has no ${name}`);
  return Object.entries(answer).find(([key]) => key === name)?.[1];
}

function numbers(list: unknown): number[] {
  if (!Array.isArray(list)) throw new Error("PyTorch's answer is not a list");
  return list.map(Number);
}
