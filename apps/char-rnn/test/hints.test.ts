import { afterEach, expect, test, vi } from "vitest";
import { commandWords, resumeCommand, sampleCommand, trainCommand } from "../src/commands/hints.ts";
import { defaultConfiguration } from "../src/training/configuration.ts";
import type { Run } from "../src/training/run.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("commands are spelled as the program was called, and safe to paste", () => {
  vi.stubEnv("npm_lifecycle_event", "start");
  expect(commandWords("train", "--text", "a book's.txt").join(" ")).toBe(
    `npx -y pnpm@12 start train --text 'a book'\\''s.txt'`,
  );
  vi.stubEnv("npm_lifecycle_event", "");
  expect(commandWords("sample").join(" ")).toMatch(/^node .* sample$/);
});

test("suggestions keep what was asked for, so that they do what they say", () => {
  vi.stubEnv("npm_lifecycle_event", "npx");
  const run = {
    configuration: { ...defaultConfiguration, cell: "rnn", batch: 4, window: 8 },
    options: { text: "a.txt", backend: "cpu", saveEvery: 7, out: "out", processes: 2, restarts: 3 },
    file: { path: "out/model.safetensors" },
  } as unknown as Run; // What a hint uses of one.
  const texts = [
    resumeCommand(run.file.path, run.options, 9),
    resumeCommand(run.file.path, run.options),
    sampleCommand(run),
    trainCommand(run, { cell: "gru", layers: 2, steps: 5, out: "runs/gru" }),
  ].map((words) => words.join(" "));
  const resume = "npx char-rnn train --resume out/model.safetensors";
  expect(texts).toEqual([
    `${resume} --steps 9 --text a.txt --backend cpu --save-every 7 --processes 2 --restarts 3`,
    `${resume} --text a.txt --backend cpu --save-every 7 --processes 2 --restarts 3`,
    "npx char-rnn sample --checkpoint out/model.safetensors --length 300 --temperature 0.7 --backend cpu",
    "npx char-rnn train --text a.txt --cell gru --batch 4 --window 8 --backend cpu --save-every 7 --processes 2 --restarts 3 --layers 2 --steps 5 --out runs/gru",
  ]);
});
