/** Bad input gives one clear line and exit code 2, and overwrites nothing. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "@tapegrad/command-line/testing";
import { encode } from "@tapegrad/safetensors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOf, checkpointOf, contents, runChild, runHere, tiny } from "./command.ts";

const text = ["--text", "hello.txt"];
const checkpoint = join("out", "model.safetensors");
let folder = "";
let before = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "char-rnn-"));
  const write = (name: string, data: string | Uint8Array) => writeFile(join(folder, name), data);
  await write("hello.txt", "hello ".repeat(20));
  await write("empty.txt", "");
  await write("blank.txt", " \n\n");
  await write("short.txt", "hello");
  await write("other.txt", "world ".repeat(20));
  await write("latin1.txt", Uint8Array.of(0x68, 0xe9, 0x6c));
  await mkdir(join(folder, "foreign"));
  await write("foreign/model.safetensors", "precious");
  await mkdir(join(folder, "folder", "previous.safetensors"), { recursive: true });
  await mkdir(join(folder, "pipes"));
  execFileSync("mkfifo", [join(folder, "pipe"), join(folder, "pipes", "model.safetensors")]);
  const trained = await runHere(folder, "train", ...text, ...tiny, "--steps", "2", "--out", "out");
  expect(trained.stderr).toContain("saved step 2");
  const bytes = await readFile(join(folder, checkpoint));
  await write("truncated.safetensors", bytes.subarray(0, 2000));
  await write("stub.safetensors", bytes.subarray(0, 5));
  await write("weights.safetensors", encode({}, { format: "pt" }));
  const whole = await checkpointOf(bytes, checkpoint);
  const misshapen = { ...whole, configuration: { ...whole.configuration, hidden: 9 } };
  await write("misshapen.safetensors", await bytesOf(misshapen));
  const oversized = { ...whole, configuration: { ...whole.configuration, hidden: 1e9 } };
  await write("damaged.safetensors", await bytesOf(oversized));
  const tensors = Object.fromEntries(Object.entries(whole.tensors).filter(([name]) => name !== "optimizer.steps"));
  await write("partial.safetensors", await bytesOf({ ...whole, tensors }));
  before = await contents(folder);
});

afterAll(async () => {
  const after = await contents(folder);
  await rm(folder, { recursive: true });
  expect(after).toEqual(before);
});

const resume = (file: string, ...words: string[]) => ["train", ...text, "--resume", file, "--steps", "9", ...words];

const cases: readonly (readonly [what: string, words: readonly string[], message: string | RegExp])[] = [
  ["unknown command", ["tarin"], 'unknown command "tarin"; use train or sample'],
  [
    "unwanted argument",
    ["train", "hello.txt"],
    'train takes options only, and "hello.txt" is none; a text is given as --text',
  ],
  ["a command twice", ["train", "train"], 'train takes options only, and "train" is none; a text is given as --text'],
  ["unknown option", ["--hiden", "8"], "unknown option '--hiden' (Did you mean --hidden?)"],
  ["option of the other command", ["sample", "--hidden", "8"], "unknown option '--hidden'"],
  ["option without its value", ["train", "--hidden"], "option '--hidden <n>' argument missing"],
  ["missing text", ["--text", "none.txt"], "cannot read the text none.txt: no such file or directory"],
  ["folder as text", ["--text", "out"], "cannot read the text out: illegal operation on a directory"],
  ["text in another encoding", ["--text", "latin1.txt"], "cannot read the text latin1.txt: it is not UTF-8"],
  ["empty text", ["--text", "empty.txt"], "the text empty.txt is empty"],
  ["blank text", ["--text", "blank.txt"], "the text blank.txt has only white space"],
  [
    "too short text",
    ["--text", "short.txt", "--batch", "16", "--window", "25"],
    "the text short.txt is too short: 3 characters to train on, --batch 16 and --window 25 need 401",
  ],
  [
    "a batch that its shards do not divide",
    ["train", ...text, "--batch", "30", "--shards", "4"],
    "a batch of 30 cannot be cut into 4 equal shards; use a --batch that is a multiple of 4, or other --shards",
  ],
  [
    "resuming in other shards",
    resume(checkpoint, "--shards", "2"),
    "--shards 2 is not the checkpoint's 1; a resumed run keeps its configuration",
  ],
  [
    "no checkpoint to resume",
    ["train", ...text, "--resume", "none"],
    "cannot read the checkpoint none: no such file or directory",
  ],
  [
    "no checkpoint to sample",
    ["sample"],
    "cannot read the checkpoint runs/char-rnn/model.safetensors: no such file or directory",
  ],
  [
    "truncated checkpoint",
    resume("truncated.safetensors"),
    /^cannot read the checkpoint truncated\.safetensors: safetensors\.decode: .*the file is truncated; fetch it again$/,
  ],
  [
    "hardly a checkpoint",
    ["sample", "--checkpoint", "stub.safetensors"],
    /^cannot read the checkpoint stub\.safetensors: safetensors\.decode: the file ends inside .*\(5 < 8 bytes\)/,
  ],
  ["other tensors", resume("weights.safetensors"), "weights.safetensors is not a checkpoint of char-rnn"],
  ["text as checkpoint", resume("hello.txt"), /^cannot read the checkpoint hello\.txt: safetensors\.decode: /],
  [
    "checkpoint of another vocabulary",
    ["train", "--text", "other.txt", "--resume", checkpoint, "--steps", "9"],
    `the checkpoint ${checkpoint} was trained on a text of other characters than other.txt ` +
      "(5 different characters there, 6 here); give that one as --text",
  ],
  [
    "checkpoint of a text that was not given",
    ["train", "--resume", checkpoint, "--steps", "9"],
    `the checkpoint ${checkpoint} was not trained on Moby Dick (5 different characters there, 89 here); ` +
      "give the text that it was trained on as --text",
  ],
  [
    "checkpoint of another shape",
    resume("misshapen.safetensors"),
    /^the checkpoint misshapen\.safetensors does not fit its model: loadStateDict: embedding\.weight has another shape/,
  ],
  [
    "checkpoint of another shape to sample",
    ["sample", "--checkpoint", "misshapen.safetensors"],
    /^the checkpoint misshapen\.safetensors does not fit its model: loadStateDict: embedding\.weight has another shape/,
  ],
  [
    "checkpoint without a tensor",
    resume("partial.safetensors"),
    /^the checkpoint partial\.safetensors does not fit its model: loadStateDict: .* missing steps; /,
  ],
  [
    "checkpoint of an absurd size",
    ["sample", "--checkpoint", "damaged.safetensors"],
    "the checkpoint damaged.safetensors is damaged: what it says of its hidden does not make sense",
  ],
  [
    "resuming another model",
    resume(checkpoint, "--hidden", "16"),
    "--hidden 16 is not the checkpoint's 8; a resumed run keeps its configuration",
  ],
  [
    "resuming what is finished",
    ["train", ...text, "--resume", checkpoint],
    `the checkpoint ${checkpoint} is at step 2 of 2 already; ask for more with --steps`,
  ],
  [
    "prompt with an unknown character",
    ["sample", "--checkpoint", "out", "--prompt", "hex"],
    'the prompt has a character that the model does not know: "x"',
  ],
  [
    "prompt with unknown characters",
    ["sample", "--checkpoint", "out", "--prompt", "héx\n"],
    'the prompt has characters that the model does not know: "é" "x" "\\n"',
  ],
  [
    "output into a file",
    ["train", ...text, ...tiny, "--out", "hello.txt"],
    "cannot write to the folder hello.txt: not a directory",
  ],
  [
    "output below a file",
    ["train", ...text, ...tiny, "--out", "hello.txt/runs"],
    "cannot write to the folder hello.txt/runs: not a directory",
  ],
  [
    "output below what cannot be made",
    ["train", ...text, ...tiny, "--out", "/dev/fd/x/y"],
    /^cannot write to the folder \/dev\/fd\/x\/y: /,
  ],
  [
    "a kept checkpoint that is a folder",
    ["train", ...text, ...tiny, "--out", "folder"],
    "not overwriting folder/previous.safetensors, which is not a checkpoint of char-rnn; choose another --out",
  ],
  ["a pipe to resume", ["train", ...text, "--resume", "pipe"], "cannot read the checkpoint pipe: it is not a file"],
  [
    "a pipe in the checkpoint's place",
    ["train", ...text, ...tiny, "--out", "pipes"],
    "not overwriting pipes/model.safetensors, which is not a checkpoint of char-rnn; choose another --out",
  ],
  [
    "output over something else",
    ["train", ...text, ...tiny, "--out", "foreign"],
    "not overwriting foreign/model.safetensors, which is not a checkpoint of char-rnn; choose another --out",
  ],
];

function expectRefusal({ code, stdout, stderr }: Outcome, message: string | RegExp): void {
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^char-rnn: [^\n]+\n$/);
  const line = stderr.slice("char-rnn: ".length, -1);
  if (typeof message === "string") expect(line).toBe(message);
  else expect(line).toMatch(message);
  expect(code).toBe(2);
}

test.each(cases)("%s", async (_, words, message) => {
  expectRefusal(await runHere(folder, ...words), message);
});

const asProgram = ["unknown option", "missing text", "truncated checkpoint", "output over something else"];
test.concurrent.each(cases.filter(([what]) => asProgram.includes(what)))(
  "%s, as a program",
  async (_, words, message) => {
    expectRefusal(await runChild(folder, ...words), message);
  },
);
