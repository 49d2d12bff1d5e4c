/** Makes the configuration of a run from the command line and from a checkpoint. */
import { CommandError } from "@tapegrad/command-line";
import {
  type Configuration,
  configurationNames,
  defaultConfiguration,
  optionName,
  shardsOfProcesses,
} from "./configuration.ts";
import type { TrainOptions } from "./run.ts";

/**
 * The checkpoint's configuration, or the defaults with the options over them, for so many processes if there are several.
 * @throws CommandError when these cannot share its batches.
 */
export function configure(
  options: TrainOptions,
  checkpoint: Configuration | undefined,
  processes: number | undefined,
): Configuration {
  const configuration = checkpoint === undefined ? chosen(options, processes) : kept(options, checkpoint);
  checkShards(configuration, processes ?? 1);
  if (options.backend === "webgpu" && configuration.shards > 1)
    throw new CommandError(
      "--backend webgpu trains whole batches by one process; use --backend wasm for --shards and --processes",
    );
  return configuration;
}

function chosen(options: TrainOptions, processes = options.processes): Configuration {
  const typed = configurationNames.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]));
  const shards = processes === undefined ? defaultConfiguration.shards : shardsOfProcesses;
  return { ...defaultConfiguration, shards, ...Object.fromEntries(typed) };
}

function kept(options: TrainOptions, checkpoint: Configuration): Configuration {
  for (const name of configurationNames) {
    const typed = options[name] ?? checkpoint[name];
    if (typed === checkpoint[name]) continue;
    throw new CommandError(
      `${optionName(name)} ${typed} is not the checkpoint's ${checkpoint[name]}; a resumed run keeps its configuration`,
    );
  }
  return checkpoint;
}

/** That the batch can be cut into its shards, and these be divided among the processes. */
function checkShards({ batch, shards }: Configuration, processes: number): void {
  if (batch % shards !== 0)
    throw new CommandError(
      `a batch of ${batch} cannot be cut into ${shards} equal shards; use a --batch that is a multiple of ${shards}, or other --shards`,
    );
  if (shards % processes === 0) return;
  const divisors = Array.from({ length: shards }, (_, less) => less + 1).filter((count) => shards % count === 0);
  throw new CommandError(
    `${processes} processes cannot share a batch of ${shards} shard${shards === 1 ? "" : "s"} equally; ` +
      `--processes may be ${divisors.join(", ")}, or begin a run with other --shards`,
  );
}
