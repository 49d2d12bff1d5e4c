/** Reads the description of a sweep: JSON, or a module of JavaScript or TypeScript. */
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CommandError, errorCode, explainingFailures } from "@tapegrad/command-line";
import { type CheckedSweep, checkSweep } from "./check-sweep.ts";
import type { CommandTraining, Train } from "./sweep.ts";

export interface LoadedSweep extends CheckedSweep {
  readonly file: string;
  /** What a module exports as `train`. */
  readonly exported: unknown;
}

/** @throws CommandError that says what is wrong with the file. */
export async function loadSweep(file: string): Promise<LoadedSweep> {
  const text = await explainingFailures(`cannot read the sweep ${file}`, () => readFile(file, "utf8"));
  const name = basename(file).replace(/(\.sweep)?\.[^.]+$/, "");
  if (extname(file) === ".json") {
    return { ...checkSweep(parse(text, file), file, name), file, exported: undefined };
  }
  const module = await importModule(file);
  if (module.sweep === undefined) {
    throw new CommandError(
      `${file}: the module has no export named sweep; write export const sweep = defineSweep({ … })`,
    );
  }
  return { ...checkSweep(module.sweep, file, name), file, exported: module.train };
}

/** The function or program that trains. @throws CommandError when there is none. */
export async function trainingOf({ train, file, exported }: LoadedSweep): Promise<Train<never> | CommandTraining> {
  if (typeof train === "object" || typeof train === "function") return train;
  const path = train === undefined ? file : resolve(dirname(file), train);
  const found = train === undefined ? exported : (await importModule(path)).train;
  if (typeof found === "function") return found as Train<never>; // What it takes cannot be seen.
  const remedy = "export function train({ parameters, budget, seed, resume, save })";
  throw new CommandError(
    extname(path) === ".json"
      ? `${file}: train is missing; give the path of a module, or a command`
      : `${path}: the module has no function train; write ${remedy}`,
  );
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError(`${file}: this is not JSON: ${why}`, { cause });
  }
}

async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(resolve(path)).href);
  } catch (cause) {
    if (errorCode(cause) === "ERR_UNKNOWN_FILE_EXTENSION") {
      throw new CommandError(
        `${path}: Node ${process.versions.node} cannot load it; use Node 22.18 or newer, or .mjs`,
        {
          cause,
        },
      );
    }
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new CommandError(`${path}: the module cannot be loaded: ${why}`, { cause });
  }
}
