/**
 * The finished trials as lines of JSON, which are only appended, each by one write and synced. If a kill or a power cut leaves
 * an incomplete line, the next run removes it; its result is still in Redis.
 */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { CommandError, explainingFailures, ifThere } from "@tapegrad/command-line";
import type { CheckedSweep } from "../description/check-sweep.ts";
import type { Plan } from "../description/plan.ts";
import { budgetOf } from "../driving/halving.ts";
import { decodeValue, encodeValue, type Result } from "../driving/trial-queue.ts";

export interface Described {
  readonly sweep: CheckedSweep;
  readonly plan: Plan;
}

/** The results in the file, none where there is none. @throws CommandError when it is another sweep's, or damaged. */
export async function readResults(path: string, described: Described): Promise<Result[]> {
  const text = await explainingFailures(`cannot read ${path}`, () => ifThere(readFile(path, "utf8")));
  const whole = text?.slice(0, text.lastIndexOf("\n") + 1) ?? "";
  return whole
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const result = parseLine(line);
      if (result === undefined)
        throw new CommandError(
          `${path}: line ${index + 1} is no result of a sweep; remove the line, or give another --out`,
        );
      if (!belongs(result, described)) {
        throw new CommandError(
          `${path}: line ${index + 1} is of another sweep than this description: trial ${result.trial} of rung ${result.rung + 1} with ` +
            `${JSON.stringify(result.parameters)}; give another --out or name, or forget the old one by the command remove`,
        );
      }
      return result;
    });
}

/** Appends results. Only for the one program that may write there. */
export class ResultsFile {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<ResultsFile> {
    return explainingFailures(`cannot write ${path}`, async () => {
      const file = await open(path, "a+");
      const text = await file.readFile("utf8");
      if (text !== "" && !text.endsWith("\n"))
        await file.truncate(Buffer.byteLength(text.slice(0, text.lastIndexOf("\n") + 1)));
      return new ResultsFile(path, file);
    });
  }

  async append(results: readonly Result[]): Promise<void> {
    if (results.length === 0) return;
    await explainingFailures(`cannot write ${this.path}`, async () => {
      await this.#file.appendFile(results.map((result) => `${lineOf(result)}\n`).join(""));
      await this.#file.sync();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Rungs are counted from 1 where people see them. */
export function lineOf({ trial, rung, parameters, budget, value, error, seconds, attempts }: Result): string {
  return JSON.stringify({
    trial,
    rung: rung + 1,
    parameters,
    budget,
    value: value === undefined ? null : encodeValue(value),
    ...(error !== undefined && { error }),
    seconds,
    attempts,
  });
}

function parseLine(line: string): Result | undefined {
  let fields: Partial<Record<keyof Result, unknown>>;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    fields = parsed;
  } catch {
    return undefined; // The caller says which line it is.
  }
  const { trial, rung, parameters, budget, value, error, seconds, attempts } = fields;
  const numbers = [trial, rung, budget, seconds, attempts].every((field) => typeof field === "number");
  const valued = value === null ? typeof error === "string" : /^(number|string)$/.test(typeof value);
  if (!numbers || !valued || typeof parameters !== "object" || parameters === null) return undefined;
  const result = { ...fields, rung: Number(rung) - 1 } as Result; // Every field has been looked at above.
  return { ...result, value: value === null ? undefined : decodeValue(value as never) };
}

function belongs({ trial, rung, parameters, budget }: Result, { sweep, plan }: Described): boolean {
  const planned = plan.parameters[trial];
  return (
    rung >= 0 &&
    rung < sweep.rungs &&
    budget === budgetOf(sweep, rung) &&
    JSON.stringify(parameters) === JSON.stringify(planned)
  );
}
