/** Finds faults in the description of a sweep before any work. */
import { CommandError, integer, type Rule } from "@tapegrad/command-line";
import { faultOfAxis, type Space } from "./space.ts";
import type { CommandTraining, Train } from "./sweep.ts";

/** A sweep with its defaults in place. */
export interface CheckedSweep {
  readonly name: string;
  readonly space: Space;
  readonly trials: number;
  readonly seed: number;
  readonly budget: number;
  readonly rungs: number;
  readonly factor: number;
  readonly train: Train<never> | string | CommandTraining | undefined;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string" && word !== "");

const name: Rule<string> = {
  expected: "letters, digits, - and _",
  accepts: (value): value is string => typeof value === "string" && /^[\w-]{1,100}$/.test(value),
  read: (text) => text,
};

/** The numbers of a sweep, with their defaults. */
const numbers = {
  trials: { rule: integer(1, 100_000) },
  seed: { rule: integer(0, Number.MAX_SAFE_INTEGER), standard: 0 },
  budget: { rule: integer(1, 1_000_000_000) },
  rungs: { rule: integer(1, 30), standard: 1 },
  factor: { rule: integer(2, 1000), standard: 3 },
} as const;

const keys = ["name", "space", ...Object.keys(numbers), "train"];
const commandKeys = ["command", "value", "resume", "checkpoint"];

/** @throws CommandError that names `file` and the key. */
export function checkSweep(value: unknown, file: string, standardName: string): CheckedSweep {
  const fault = (what: string) => new CommandError(`${file}: ${what}`);
  if (!isObject(value)) throw fault(`a sweep is an object with ${keys.join(", ")}`);
  refuseUnknown(value, keys, "a sweep", fault);
  const number = (key: keyof typeof numbers): number => {
    const { rule, standard }: { readonly rule: Rule<number>; readonly standard?: number } = numbers[key];
    const given = value[key] ?? standard;
    if (!rule.accepts(given)) throw fault(`${key}: expected ${rule.expected}: ${shown(given)}`);
    return given;
  };
  const given = value.name ?? standardName;
  if (!name.accepts(given)) throw fault(`name: expected ${name.expected}: ${shown(given)}; give the sweep a name`);
  const checked: CheckedSweep = {
    name: given,
    space: checkSpace(value.space, fault),
    trials: number("trials"),
    seed: number("seed"),
    budget: number("budget"),
    rungs: number("rungs"),
    factor: number("factor"),
    train: checkTraining(value.train, fault),
  };
  checkSizes(checked, fault);
  return checked;
}

type Fault = (what: string) => CommandError;

function refuseUnknown(value: object, known: readonly string[], what: string, fault: Fault): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw fault(`unknown key ${shown(unknown)}; ${what} has ${known.join(", ")}`);
}

function checkSpace(space: unknown, fault: Fault): Space {
  if (!isObject(space) || Object.keys(space).length === 0) {
    throw fault(
      `space: expected an axis by the name of each parameter, as { learningRate: { logUniform: [0.001, 0.1] } }`,
    );
  }
  for (const [parameter, axis] of Object.entries(space)) {
    const wrong = faultOfAxis(axis);
    if (wrong !== undefined) throw fault(`space.${parameter}: ${wrong}`);
  }
  return space as Space; // Every axis has passed its kind's check above.
}

function checkTraining(train: unknown, fault: Fault): CheckedSweep["train"] {
  if (train === undefined || typeof train === "function" || (typeof train === "string" && train !== "")) {
    return train as Train<never> | string | undefined; // What a function takes cannot be seen.
  }
  if (!isObject(train)) throw fault(`train: expected a function, the path of a module, or a command: ${shown(train)}`);
  refuseUnknown(train, commandKeys, "a command", (what) => fault(`train: ${what}`));
  const { command, value, resume, checkpoint } = train;
  if (!isWords(command)) throw fault(`train.command: expected a list of words: ${shown(command)}`);
  if (typeof value !== "string" || !isExpressionWithGroup(value)) {
    throw fault(`train.value: expected a regular expression with a group, as "loss: (\\\\S+)": ${shown(value)}`);
  }
  if (resume === undefined && checkpoint === undefined) return { command, value };
  if (!isWords(resume)) throw fault(`train.resume: expected a list of words beside checkpoint: ${shown(resume)}`);
  if (typeof checkpoint !== "string" || checkpoint === "") {
    throw fault(`train.checkpoint: expected the name of a file beside resume: ${shown(checkpoint)}`);
  }
  return { command, value, resume, checkpoint };
}

function isExpressionWithGroup(text: string): boolean {
  try {
    return (new RegExp(`${text}|`).exec("")?.length ?? 0) > 1;
  } catch {
    return false; // Not an expression at all: the caller says so.
  }
}

function checkSizes({ space, trials, budget, rungs, factor }: CheckedSweep, fault: Fault): void {
  const axes = Object.values(space);
  const combinations = axes.reduce((product, axis) => product * ("grid" in axis ? axis.grid.length : 1), 1);
  if (axes.every((axis) => "grid" in axis) && trials > combinations) {
    throw fault(
      `trials: ${trials} are more than the ${combinations} combinations of the grid; ask for at most as many`,
    );
  }
  if (trials / factor ** (rungs - 1) < 1) {
    throw fault(
      `rungs: ${trials} trials with factor ${factor} have no trial left for rung ${rungs}; use at least ${factor ** (rungs - 1)} trials or fewer rungs`,
    );
  }
  if (!Number.isSafeInteger(budget * factor ** (rungs - 1))) {
    throw fault(`budget: rung ${rungs} would have ${budget} × ${factor}^${rungs - 1}, which is no exact integer`);
  }
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);
