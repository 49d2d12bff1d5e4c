/** Suggested commands, spelled so that they work in this shell and folder, with the options that this program got. */
import { invocation, quoted } from "@tapegrad/command-line";
import { type Configuration, configurationNames, defaultConfiguration, optionName } from "../training/configuration.ts";
import type { Run, TrainOptions } from "../training/run.ts";

/** The words of a command, each safe to paste. */
export function commandWords(...words: readonly string[]): string[] {
  return [invocation("char-rnn", "start"), ...words.map(quoted)];
}

/** To write text with what the run has saved. */
export function sampleCommand({ file, options }: Run): string[] {
  const backend = optionWords({ backend: options.backend });
  return commandWords("sample", "--checkpoint", file.path, "--length", "300", "--temperature", "0.7", ...backend);
}

/** To go on with the run saved as `path`, to `steps` in all. The checkpoint knows the model. */
export function resumeCommand(path: string, options: TrainOptions, steps?: number): string[] {
  return commandWords("train", "--resume", path, ...optionWords({ steps, ...aboutTheWay(options) }));
}

/** To train another model as this one was, but for `changes`. */
export function trainCommand(
  { configuration, options }: Run,
  changes: Partial<Configuration> & Pick<TrainOptions, "text" | "steps" | "out">,
): string[] {
  const special = configurationNames.filter((name) => configuration[name] !== defaultConfiguration[name]);
  const { text, ...way } = aboutTheWay(options);
  const own = Object.fromEntries(special.map((name) => [name, configuration[name]]));
  const { out, ...rest } = changes;
  return commandWords("train", ...optionWords({ text, ...own, ...way, ...rest, out }));
}

/** Options that change how a run is done, and not its result. */
function aboutTheWay({ text, backend, saveEvery, processes, transport, restarts }: TrainOptions) {
  return { text, backend, saveEvery, processes, transport, restarts };
}

/** Each option that has a value, as it is typed. */
function optionWords(options: Readonly<Record<string, string | number | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [optionName(name), String(value)],
  );
}
