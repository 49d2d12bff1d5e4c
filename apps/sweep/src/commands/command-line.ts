/** The command line: commands, options, defaults, and the exit code. */
import { Argument, Command, Option } from "@commander-js/extra-typings";
import {
  commanderOutput,
  integer,
  invocation,
  parserOf,
  path,
  programVersion,
  runProgram,
} from "@tapegrad/command-line";
import { defaultUrl, redisFault } from "../driving/redis.ts";
import { remove, results, status } from "./look.ts";
import { run as runSweep } from "./run.ts";
import { worker } from "./worker.ts";

const name = "tapegrad-sweep";

/** Runs the program with what was typed after its name. Returns the exit code; faults of ours are thrown. */
export function run(words: readonly string[]): Promise<number> {
  return runProgram(commands, words, { name, explain: redisFault });
}

const exitCodeHelp = `
Exit codes: 0 when all is well; 2 for bad input, before anything is done; 1 for a
failure, such as a Redis that does not answer; 129, 130, 143 after a hang-up, Ctrl-C
or a termination, after which the same command goes on.`;

function commands(setExitCode: (code: number) => void) {
  const program = new Command(invocation(name, "sweep"))
    .description("Searches hyperparameters: trials on a queue in Redis, the worse half of them ended early.")
    .version(`${name} ${programVersion(import.meta.url)}`, "--version", "show which version this is")
    .addHelpText("after", exitCodeHelp)
    .exitOverride()
    .configureOutput(commanderOutput(name));
  program
    .command("run")
    .description("start a sweep, or go on with it")
    .addArgument(sweepArgument())
    .addOption(
      new Option("--workers <n>", "processes that train on this machine; 0 leaves it to others (default: 1)")
        .argParser(parserOf(integer(0, 1024)))
        .default(1, "1"),
    )
    .addOption(redisOption())
    .addOption(outOption())
    .action(async (file, options) => setExitCode(await runSweep(file, options)));
  program
    .command("worker")
    .description("train trials of a sweep that is driven elsewhere")
    .addArgument(sweepArgument())
    .addOption(redisOption())
    .addOption(outOption())
    .action(async (file, options) => setExitCode(await worker(file, options)));
  program
    .command("status")
    .description("how many trials wait, run and have finished")
    .addArgument(sweepArgument())
    .addOption(redisOption())
    .addOption(outOption())
    .action(async (file, options) => setExitCode(await status(file, options)));
  program
    .command("results")
    .description("the table of all trials, the best first")
    .addArgument(sweepArgument())
    .addOption(outOption())
    .action(async (file, options) => setExitCode(await results(file, options)));
  program
    .command("remove")
    .description("forget a sweep: its queue, its results, what its trials have saved")
    .addArgument(sweepArgument())
    .addOption(redisOption())
    .addOption(outOption())
    .action(async (file, options) => setExitCode(await remove(file, options)));
  return program;
}

function sweepArgument() {
  return new Argument("<sweep>", "its description: a module of TypeScript or JavaScript, or JSON").argParser(
    parserOf(path),
  );
}

function redisOption() {
  return new Option("--redis <url>", "where the queue is")
    .env("REDIS_URL")
    .argParser(parserOf(path))
    .default(defaultUrl);
}

function outOption() {
  return new Option("--out <folder>", "where results and checkpoints go (default: sweeps/<name>)").argParser(
    parserOf(path),
  );
}
