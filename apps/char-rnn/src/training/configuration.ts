/** The configuration that determines a training run, and is saved in its checkpoints: model, data stream, optimiser, seed. */
import { choice, integer, type Rule, real } from "@tapegrad/command-line";

export const configurationRules = {
  cell: choice("rnn", "lstm", "gru"),
  hidden: integer(1, 4096),
  layers: integer(1, 16),
  dropout: real({ from: 0, below: 1 }),
  batch: integer(1, 4096),
  shards: integer(1, 4096),
  window: integer(1, 4096),
  learningRate: real({ above: 0, to: 10 }),
  clip: real({ above: 0 }),
  seed: integer(0, Number.MAX_SAFE_INTEGER),
};

type ValueOf<R> = R extends Rule<infer T> ? T : never;

export type Configuration = {
  readonly [Name in keyof typeof configurationRules]: ValueOf<(typeof configurationRules)[Name]>;
};

/** How many steps a run takes in all. */
export const stepsRule: Rule<number> = integer(1, 1_000_000_000);

/** Chosen so that Moby Dick takes a minute and a half, three on a slow machine, and ends well below the trigram line. */
export const defaultConfiguration: Configuration = {
  cell: "lstm",
  hidden: 224,
  layers: 1,
  dropout: 0,
  batch: 32,
  shards: 1,
  window: 48,
  learningRate: 0.004,
  clip: 1,
  seed: 1,
};
export const defaultSteps = 1000;

/** Shards of a batch when a number of processes is asked for: 1, 2 and 4 of them give the same bits. */
export const shardsOfProcesses = 4;

export const configurationNames = Object.keys(defaultConfiguration).filter(
  (name): name is keyof Configuration => name in configurationRules,
);

/** The configuration that `value`, read from a file, holds; or the name of what is missing or out of range in it. */
export function checkConfiguration(value: unknown): { configuration: Configuration } | { fault: string } {
  if (typeof value !== "object" || value === null) return { fault: "configuration" };
  // Checkpoints of before there were shards are of whole batches.
  const fields = new Map<string, unknown>(Object.entries({ shards: 1, ...value }));
  const fault = configurationNames.find((name) => !configurationRules[name].accepts(fields.get(name)));
  if (fault !== undefined) return { fault };
  const known = configurationNames.map((name) => [name, fields.get(name)]);
  return { configuration: Object.fromEntries(known) as Configuration }; // Every field has passed its rule above.
}

/** `learningRate` as it is typed: `--learning-rate`. */
export function optionName(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
