/** What is typed wrongly ends with one line that says why, and exit code 2; a broken output ends no measurement. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { catalogue } from "../src/catalogue.ts";
import { run } from "../src/command.ts";
import { examplesCommand } from "../src/examples-command.ts";
import { learnCommand } from "../src/learning/learn-command.ts";
import { QuietDisplay } from "./quiet.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const commands = { examples: examplesCommand, learn: learnCommand };

test.each([
  ["examples digit", "unknown command 'digit' (Did you mean digits?)"],
  ["examples digits --steps 0", "option '--steps <n>' argument '0' is invalid. Expected an integer from 1 to 1000000."],
  [
    "examples digits --seed -1",
    "option '--seed <n>' argument '-1' is invalid. Expected an integer from 0 to 1000000000.",
  ],
  ["examples digits --limit 1e3", "option '--limit <n>' argument '1e3' is invalid. Expected an integer from 100 to"],
  ["examples spell --hidden 3", "unknown option '--hidden'"],
  ["examples spell twice", "too many arguments for 'spell'."],
  [
    "examples memory --adding 5,x",
    "option '--adding <lengths>' argument '5,x' is invalid. Expected an integer from 2 to",
  ],
  ["learn everything", "'everything' is invalid for argument 'parts'. Allowed choices are adding, copying, text."],
  [
    "learn --cells rnn,transformer",
    "option '--cells <list>' argument 'rnn,transformer' is invalid. Expected rnn, lstm, gru.",
  ],
  ["learn --lengths", "option '--lengths <list>' argument missing"],
  ["learn text", "the part text needs a text; give --text FILE"],
  ["learn text --text no/such/file", "cannot read the text no/such/file: ENOENT"],
  ["learn text --text package.json", "package.json is not tinyshakespeare, which PyTorch's numbers are for"],
  ["learn adding --out package.json", "cannot keep records in package.json: EEXIST"],
])("%s", async (line, message) => {
  const [name = "", ...words] = line.split(" ");
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const program = name === "learn" ? commands.learn(new QuietDisplay()) : commands.examples(new QuietDisplay());
  expect(await run(program, words)).toBe(2);
  expect(written).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^[^\n]*\n$/));
  expect(written.mock.calls[0]?.[0]).toContain(message);
  expect(String(written.mock.calls[0]?.[0]).startsWith(`${name}: `)).toBe(true);
});

test("--help lists every example, with exit code 0", async () => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await run(examplesCommand(new QuietDisplay()), ["--help"])).toBe(0);
  const help = written.mock.calls.map(([text]) => String(text)).join("");
  for (const name of [...Object.keys(catalogue), "memory"]) expect(help).toContain(`\n  ${name} `);
});

test("an example is run with its options, and says what it found", async () => {
  const display = new QuietDisplay();
  expect(await run(examplesCommand(display), ["--", "names", "--steps", "2", "--limit", "200", "--seed", "5"])).toBe(0);
  expect(display.lines[0]).toBe("many-to-one: the letters of a first name to female or male");
  expect(display.lines[1]).toBe("160 names to learn from, 40 held out");
  expect(display.lines.at(-2)).toMatch(/^names told right: \d+\.\d % \(always female: /);
  expect(display.lines.at(-1)).toMatch(/^\d+ s$/);
});

test.runIf(process.platform === "linux")(
  "measuring goes on when its output breaks, and its records are kept",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "learn-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const main = fileURLToPath(new URL("../src/learning/main.ts", import.meta.url));
    const words = [
      "adding",
      "copying",
      "--lengths",
      "2",
      "--cells",
      "rnn",
      "--seeds",
      "1",
      "--steps",
      "2",
      "--out",
      folder,
    ];
    // The shell's exit code is the program's.
    const script = `set -o pipefail; "$@" 2>/dev/full | true`;
    const program = [process.execPath, "--conditions=@tapegrad/source", main, ...words];
    const child = spawn("bash", ["-c", script, "bash", ...program], { stdio: "ignore" });
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(["learning.jsonl", "learning.md"]);
    expect((await readFile(join(folder, "learning.jsonl"), "utf8")).trim().split("\n")).toHaveLength(2);
  },
);
