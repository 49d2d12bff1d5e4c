/** `pnpm examples`: its arguments, and how it runs. */
import type { Command } from "@commander-js/extra-typings";
import { catalogue, type Example } from "./catalogue.ts";
import { command } from "./command.ts";
import { type Display, TerminalDisplay } from "./display.ts";
import { describeScore, type ExampleOptions } from "./example.ts";
import { integer, listOf, seed, steps } from "./option-values.ts";
import { memoryDefaults, showMemory } from "./programs/memory.ts";

const pointer =
  "\nThe character model, which learns any text and writes more of it, is a program of its own: `pnpm start`.\n" +
  "How well all of it learns, at length: `pnpm learn`.";

export function examplesCommand(display: Display = new TerminalDisplay()): Command {
  const program = command("examples", "The five shapes of sequence problems, on real data.").addHelpText(
    "after",
    pointer,
  );
  for (const [name, example] of Object.entries(catalogue)) {
    program
      .command(name)
      .description(`${example.shape}: ${example.summary}`)
      .option("--steps <n>", "training steps", steps, example.steps)
      .option("--seed <n>", "of everything random", seed, 1)
      .option("--limit <n>", "use no more than so many items of the data", integer(100, 1_000_000))
      .action((options) => runExample(example, options, display));
  }
  program
    .command("memory")
    .description("what an RNN, an LSTM and a GRU remember: the adding and the copying task by length")
    .option("--adding <lengths>", "time steps, with commas between", listOf(integer(2, 10_000)), memoryDefaults.adding)
    .option(
      "--copying <lengths>",
      "time steps, with commas between",
      listOf(integer(1, 10_000)),
      memoryDefaults.copying,
    )
    .option("--steps <n>", "the most training steps of each", steps, memoryDefaults.steps)
    .option("--seed <n>", "of everything random", seed, 1)
    .action((options) => timed(() => showMemory(options, display), display));
  return program;
}

async function runExample({ shape, summary, load }: Example, options: ExampleOptions, display: Display): Promise<void> {
  display.say(`${shape}: ${summary}`);
  await timed(async () => {
    const example = await load();
    const { scores } = await example(options, display);
    for (const score of scores) display.say(describeScore(score));
  }, display);
}

async function timed(action: () => Promise<unknown>, display: Display): Promise<void> {
  const startedAt = performance.now();
  await action();
  display.say(`${Math.round((performance.now() - startedAt) / 1000)} s`);
}
