/** Every option checks its value before anything else happens. */
import { afterEach, expect, test, vi } from "vitest";
import { run } from "../src/commands/command-line.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const whole = (from: number, to: number) => `Expected an integer from ${from} to ${to}.`;

test.each([
  ["train --cell transformer", "--cell <name>", "Expected one of rnn, lstm, gru."],
  ["train --hidden 0", "--hidden <n>", whole(1, 4096)],
  ["train --hidden 1.5", "--hidden <n>", whole(1, 4096)],
  ["train --hidden 0x10", "--hidden <n>", whole(1, 4096)],
  ["train --layers 17", "--layers <n>", whole(1, 16)],
  ["train --steps -1", "--steps <n>", whole(1, 1_000_000_000)],
  ["train --batch none", "--batch <n>", whole(1, 4096)],
  ["train --shards 0", "--shards <n>", whole(1, 4096)],
  ["train --processes 0", "--processes <n>", whole(1, 1024)],
  ["train --processes abc", "--processes <n>", whole(1, 1024)],
  ["train --restarts -1", "--restarts <n>", whole(0, 1000)],
  ["train --transport tcp", "--transport <name>", "Expected one of mpi, threads."],
  ["train --window 0", "--window <n>", whole(1, 4096)],
  ["train --dropout 1", "--dropout <p>", "Expected a number that is at least 0 and below 1."],
  ["train --learning-rate 0", "--learning-rate <r>", "Expected a number that is above 0 and at most 10."],
  ["train --learning-rate NaN", "--learning-rate <r>", "Expected a number that is above 0 and at most 10."],
  ["train --clip -1", "--clip <norm>", "Expected a number that is above 0."],
  ["train --clip Infinity", "--clip <norm>", "Expected a number that is above 0."],
  ["train --save-every 0", "--save-every <n>", whole(1, 1_000_000_000)],
  ["train --seed 1e17", "--seed <n>", whole(0, Number.MAX_SAFE_INTEGER)],
  ["train --text ", "--text <file>", "Expected a path."],
  ["train --out ", "--out <folder>", "Expected a path."],
  ["train --resume ", "--resume <checkpoint>", "Expected a path."],
  ["sample --checkpoint ", "--checkpoint <file>", "Expected a path."],
  ["train --backend abacus", "--backend <name>", "Expected "],
  ["sample --length 0", "--length <n>", whole(1, 1_000_000_000)],
  ["sample --temperature -0.1", "--temperature <t>", "Expected a number that is at least 0 and at most 100."],
  ["sample --top-k 0", "--top-k <k>", whole(1, 1_000_000)],
  ["sample --seed -1", "--seed <n>", whole(0, Number.MAX_SAFE_INTEGER)],
])("%s", async (line, flags, expected) => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  expect(await run(line.split(" "))).toBe(2);
  const value = line.split(" ")[2];
  expect(written).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^[^\n]*\n$/));
  expect(written.mock.calls[0]?.[0]).toContain(
    `char-rnn: option '${flags}' argument '${value}' is invalid. ${expected}`,
  );
});

test.each([
  ["--help", ["train", "sample", "--version", "Exit codes: 0 ", "Usage: node "]],
  ["--version", ["char-rnn 0."]],
  [
    "train --help",
    "text cell hidden layers steps batch shards window learning-rate clip seed backend save-every out resume processes transport restarts"
      .split(" ")
      .map((name) => `--${name} `),
  ],
  ["sample --help", "checkpoint prompt length temperature top-k seed".split(" ").map((name) => `--${name} `)],
])("%s lists what there is, with exit code 0", async (line, entries) => {
  const written = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  expect(await run(line.split(" "))).toBe(0);
  const help = written.mock.calls.map(([text]) => String(text)).join("");
  for (const entry of entries) expect(help).toContain(entry);
});
