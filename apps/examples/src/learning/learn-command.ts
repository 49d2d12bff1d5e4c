/** `pnpm learn`: runs the requested measurements, prints the tables, and writes them to `docs/learning.md`. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Argument, type Command } from "@commander-js/extra-typings";
import { command } from "../command.ts";
import { type Display, TerminalDisplay } from "../display.ts";
import { choice, integer, listOf, seed, steps } from "../option-values.ts";
import { type CellName, cellNames } from "./cells.ts";
import { learningDocument, learningTables } from "./document.ts";
import { learnMemory } from "./learn-memory.ts";
import { learnText } from "./learn-text.ts";
import { formatRecords, type LearningRecord, type MemoryRecord, parseRecords, withRecord } from "./records.ts";
import { textSteps } from "./text-table.ts";

/** Lengths, and the most steps for each, that the table has. */
const memoryTasks: Readonly<
  Record<MemoryRecord["task"], { readonly lengths: readonly number[]; readonly steps: number }>
> = {
  adding: { lengths: [50, 100, 200], steps: 6000 },
  copying: { lengths: [30], steps: 6000 },
};
const partNames = ["adding", "copying", "text"] as const;
type Part = (typeof partNames)[number];
const recordsName = "learning.jsonl";
const documents = fileURLToPath(new URL("../../../../docs", import.meta.url));

interface LearnOptions {
  readonly lengths?: readonly number[] | undefined;
  readonly cells: readonly CellName[];
  readonly seeds: readonly number[];
  readonly steps?: number | undefined;
  readonly text?: string | undefined;
  readonly out: string;
}

export function learnCommand(display: Display = new TerminalDisplay({ resultsAreKept: true })): Command {
  const program = command(
    "learn",
    "Measures how well recurrent networks learn, and writes the tables of docs/learning.md.",
  );
  program
    .addArgument(new Argument("[parts...]", "all by default").choices(partNames))
    .option(
      "--lengths <list>",
      "time steps of the memory tasks (default: 50,100,200 for adding, 30 for copying)",
      listOf(integer(2, 10_000)),
    )
    .option("--cells <list>", "recurrent layers", listOf(choice(cellNames)), [...cellNames])
    .option("--seeds <list>", "one training run each", listOf(seed), [1, 2, 3])
    .option("--steps <n>", "the most training steps of each run", steps)
    .option("--text <file>", "tinyshakespeare, which PyTorch's numbers are for")
    .option("--out <folder>", "where learning.md and learning.jsonl are", documents)
    .action(async (parts, options) => {
      const chosen =
        parts.length > 0 ? parts : partNames.filter((name) => name !== "text" || options.text !== undefined);
      if (parts.length === 0 && options.text === undefined) display.say("without --text FILE, the text is left out");
      const text = chosen.includes("text") ? await readText(options.text, program) : "";
      // Before hours of training, not after.
      await orRefuse(
        `cannot keep records in ${options.out}`,
        async () => {
          await mkdir(options.out, { recursive: true });
          await readRecords(join(options.out, recordsName));
        },
        program,
      );
      await learn(runs(chosen, options, text, display), options.out, display);
    });
  return program;
}

/** SHA-256 of tinyshakespeare, 1,115,394 characters of plays that Karpathy's char-rnn made a yardstick. */
const tinyshakespeare = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed";

interface Refusing {
  error(message: string): never;
}

async function readText(file: string | undefined, program: Refusing): Promise<string> {
  if (file === undefined) program.error("the part text needs a text; give --text FILE");
  const bytes = await orRefuse(`cannot read the text ${file}`, () => readFile(file), program);
  if (createHash("sha256").update(bytes).digest("hex") !== tinyshakespeare) {
    program.error(`${file} is not tinyshakespeare, which PyTorch's numbers are for; \`pnpm start\` learns any text`);
  }
  return bytes.toString("utf8");
}

async function orRefuse<T>(what: string, action: () => Promise<T>, program: Refusing): Promise<T> {
  try {
    return await action();
  } catch (error) {
    program.error(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** One function per training run, in the order of seeds, so that every cell has a number soon. */
function runs(
  parts: readonly Part[],
  { lengths, cells, seeds, steps }: LearnOptions,
  text: string,
  display: Display,
): (() => Promise<LearningRecord>)[] {
  const all = seeds.flatMap((seed) => cells.map((cell) => ({ seed, cell })));
  return parts.flatMap((part): (() => Promise<LearningRecord>)[] => {
    if (part === "text") {
      const every = textSteps[0] ?? 0;
      return all.map((run) => () => learnText(text, { ...run, steps: steps ?? textSteps.at(-1) ?? 0, every }, display));
    }
    const { lengths: standard, steps: most } = memoryTasks[part];
    return (lengths ?? standard).flatMap((length) =>
      all.map((run) => async () => {
        const { record } = await learnMemory(part, { ...run, length, steps: steps ?? most }, display);
        const { cell, seed, error, steps: taken, seconds } = record;
        display.say(
          `${part} ${length}, ${cell}, seed ${seed}: error ${error.toFixed(4)} after ${taken} steps, ${seconds} s`,
        );
        return record;
      }),
    );
  });
}

/** Each run's record is kept at once, so that an interruption loses no more than the run it hits. */
async function learn(
  runs: readonly (() => Promise<LearningRecord>)[],
  folder: string,
  display: Display,
): Promise<void> {
  const measured: LearningRecord[] = [];
  for (const run of runs) {
    const record = await run();
    measured.push(record);
    const path = join(folder, recordsName);
    const records = withRecord(await readRecords(path), record);
    await replace(path, formatRecords(records));
    await replace(join(folder, "learning.md"), learningDocument(records));
  }
  display.say(`\n${learningTables(measured)}`);
}

/** Written aside first, so that a kill leaves the old content or the new. */
async function replace(path: string, content: string): Promise<void> {
  const aside = `${path}.${randomUUID()}.tmp`;
  await writeFile(aside, content, { flush: true });
  await rename(aside, path);
}

/** None if there is no file yet. */
async function readRecords(path: string): Promise<LearningRecord[]> {
  try {
    return parseRecords(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
