/** The command line: commands, options, defaults, and the exit code. */
import { Command, Option } from "@commander-js/extra-typings";
import {
  CommandError,
  choice,
  commanderOutput,
  integer,
  invocation,
  parserOf,
  path,
  programVersion,
  type Rule,
  real,
  runProgram,
  standardError,
  standardOutput,
} from "@tapegrad/command-line";
import { memoryFault } from "../faults.ts";
import { defaultFolder, fileIn } from "../files/read-checkpoint.ts";
import { formatBytes, mostTextBytes } from "../files/text-file.ts";
import { placeOfThisProcess, transportNames } from "../processes/place.ts";
import {
  defaultSteps,
  defaultConfiguration as defaults,
  configurationRules as rules,
  shardsOfProcesses,
  stepsRule,
} from "../training/configuration.ts";
import { backendNames } from "./backends.ts";
import { sample } from "./sample.ts";
import { train } from "./train.ts";

const name = "char-rnn";

/** Runs the program with what was typed after its name. Returns the exit code; faults of ours are thrown. */
export async function run(words: readonly string[]): Promise<number> {
  const { isFirst } = placeOfThisProcess();
  if (!isFirst) for (const output of [standardOutput, standardError]) output.silence();
  // Package managers hand the `--` of `pnpm start -- train` through.
  const own = words[0] === "--" ? words.slice(1) : words;
  const code = await runProgram((setExitCode) => commands(own, setExitCode), own, { name, explain: memoryFault });
  // Bad input is rank 0's to report, which finds it too; a launcher would end it before it has.
  return code === 2 && !isFirst ? 0 : code;
}

const exitCodeHelp = `
Exit codes: 0 when all is well; 2 for bad input, before anything is written;
1 for a failure, such as a disk that is full at the end; 129, 130, 143 after a
hang-up, Ctrl-C or a termination that the run was saved after.`;

function commands(words: readonly string[], setExitCode: (code: number) => void) {
  const program = new Command(invocation(name, "start"))
    .description("Trains a character-level language model on a book, and writes text with it.")
    .version(`${name} ${programVersion(import.meta.url)}`, "--version", "show which version this is")
    .addHelpText("after", `\nWithout a command it trains; \`train --help\` lists the options.\n${exitCodeHelp}`)
    .exitOverride()
    .configureOutput(commanderOutput(name));
  program
    .command("train", { isDefault: true })
    .description("train a model; what happens without a command")
    .allowExcessArguments() // Among them is an unknown command, which deserves a better message.
    .addOption(option("--text <file>", textHelp, path, "Moby Dick"))
    .addOption(option("--cell <name>", "recurrent cell", rules.cell, defaults.cell))
    .addOption(option("--hidden <n>", "size of the hidden state", rules.hidden, defaults.hidden))
    .addOption(option("--layers <n>", "recurrent layers", rules.layers, defaults.layers))
    .addOption(option("--dropout <p>", "probability of dropping a layer's output", rules.dropout, defaults.dropout))
    .addOption(option("--steps <n>", "training steps, all in all", stepsRule, defaultSteps))
    .addOption(option("--batch <n>", "streams of text side by side", rules.batch, defaults.batch))
    .addOption(option("--shards <n>", shardsHelp, rules.shards, `1; with --processes or mpirun ${shardsOfProcesses}`))
    .addOption(option("--window <n>", "characters that gradients reach back over", rules.window, defaults.window))
    .addOption(option("--learning-rate <r>", "of Adam", rules.learningRate, defaults.learningRate))
    .addOption(option("--clip <norm>", "largest norm of the gradient", rules.clip, defaults.clip))
    .addOption(option("--seed <n>", "of everything random", rules.seed, defaults.seed))
    .addOption(backendOption())
    .addOption(option("--save-every <n>", "steps between two saves", stepsRule, "1 to 5 saves, and more in a long run"))
    .addOption(option("--out <folder>", "where the checkpoints go", path, defaultFolder))
    .addOption(
      new Option(
        "--resume <checkpoint>",
        "go on with a run; its configuration counts, and it is saved in its place",
      ).argParser(parserOf(path)),
    )
    .addOption(option("--processes <n>", processesHelp, integer(1, 1024), 1))
    .addOption(option("--transport <name>", "what joins them", choice(...transportNames), "mpi if it is installed"))
    .addOption(option("--restarts <n>", restartsHelp, integer(0, 1000), 0))
    .addHelpText("after", processesText)
    .action(async (options, command) => {
      refuseArguments(command.args, program.args);
      setExitCode(await train(options, words));
    });
  program
    .command("sample")
    .description("write text with a trained model")
    .allowExcessArguments()
    .addOption(option("--checkpoint <file>", "the model", path, fileIn(defaultFolder)))
    .option("--prompt <text>", "how the text begins", "")
    .addOption(option("--length <n>", "characters to write", integer(1, 1_000_000_000), 500))
    .addOption(option("--temperature <t>", "0 for the likeliest characters, more for variety", temperature, 0.8))
    .addOption(option("--top-k <k>", "only the k likeliest characters each time", integer(1, 1_000_000), "all"))
    .addOption(option("--seed <n>", "of the draws", rules.seed, "another each time"))
    .addOption(backendOption())
    .action(async (options, command) => {
      refuseArguments(command.args, program.args);
      setExitCode(await sample(options));
    });
  return program;
}

const textHelp = `what to train on, UTF-8, up to ${formatBytes(mostTextBytes)}`;

const shardsHelp = "parts of a batch that are computed one by one";
const processesHelp = "that train together on this machine";
const restartsHelp = "goes on from the last checkpoint when a process dies, up to n times";

const processesText = `
A number of processes that divides --shards ends in the same bits as any other,
also when it changes where a run is resumed. Shards have a price: a batch of 32 in
${shardsOfProcesses} shards takes one process about 1.5 times as long as a whole one; with more rows
in a shard, the price is less. \`mpirun -n 4 char-rnn train\` does as --processes 4,
on one machine or on many.`;

const temperature = real({ from: 0, to: 100 });

/** `standard` is what counts when the option is absent. Help shows it; the command puts it in, knowing that it was not typed. */
function option<const Flags extends string, T>(flags: Flags, description: string, rule: Rule<T>, standard: unknown) {
  const expected = rule.expected.startsWith("one of") ? `: ${rule.expected}` : "";
  return new Option(flags, `${description}${expected} (default: ${standard})`).argParser(parserOf(rule));
}

function backendOption() {
  return option("--backend <name>", "what computes", choice(...backendNames), "the library's choice");
}

/** `words` are all that were typed. An unknown command is an argument of the one that is understood without a word. */
function refuseArguments([first]: readonly string[], words: readonly string[]): void {
  if (first === undefined) return;
  const shown = JSON.stringify(first);
  const command = words[0] === "train" || words[0] === "sample" ? words[0] : undefined;
  if (command === undefined) throw new CommandError(`unknown command ${shown}; use train or sample`);
  const hint = command === "train" ? "a text is given as --text" : "how the text begins is given as --prompt";
  throw new CommandError(`${command} takes options only, and ${shown} is none; ${hint}`);
}
