/** The learning table: what is measured, how it is kept, and how it is shown. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../src/command.ts";
import { learningDocument, learningTables } from "../src/learning/document.ts";
import { learnCommand } from "../src/learning/learn-command.ts";
import { learnText } from "../src/learning/learn-text.ts";
import {
  formatRecords,
  type LearningRecord,
  type MemoryRecord,
  parseRecords,
  withRecord,
} from "../src/learning/records.ts";
import { QuietDisplay } from "./quiet.ts";

const adding = (changes: Partial<MemoryRecord> = {}): MemoryRecord => ({
  task: "adding",
  length: 50,
  cell: "lstm",
  seed: 1,
  steps: 900,
  error: 0.0043,
  seconds: 20,
  ...changes,
});
const text = (seed: number, nats: number): LearningRecord => ({
  task: "text",
  cell: "lstm",
  seed,
  points: [
    [500, nats],
    [1000, nats - 0.1],
  ],
  seconds: 300,
});

describe("records", () => {
  it("of the same run are replaced, others are kept in order", () => {
    const records = [adding(), adding({ length: 100 })];
    expect(withRecord(records, adding({ error: 0.5 }))).toEqual([adding({ error: 0.5 }), adding({ length: 100 })]);
    expect(withRecord([adding({ length: 100 })], adding())).toEqual(records);
    expect(withRecord(records, adding({ seed: 2 }))).toHaveLength(3);
  });

  it("are a line each, and are read again", () => {
    const records = [adding(), text(1, 1.7)];
    expect(parseRecords(formatRecords(records))).toEqual(records);
    expect(formatRecords(records).split("\n")).toHaveLength(3);
  });
});

describe("tables", () => {
  it("have a row for each length, and all seeds of a cell in one place", () => {
    const tables = learningTables([
      adding(),
      adding({ seed: 2, error: 0.2 }),
      adding({ length: 100, cell: "rnn", error: 0.168 }),
    ]);
    expect(tables).toContain("always answering 1: 0.167");
    expect(tables).toMatch(/\| 50 +\| – +\| 0.0043 after 900 ✓; 0.2000 after 900 \| –/);
    expect(tables).toMatch(/\| 100 +\| 0.1680 after 900 \| –/);
    expect(tables).not.toContain("Repeating");
  });

  it("compare the mean of the seeds with PyTorch", () => {
    const tables = learningTables([text(1, 1.73), text(2, 1.76)]);
    expect(tables).toMatch(/\| LSTM \| mean of seeds 1, 2 +\| 1.745 +\| 1.645 +\| – /);
    expect(tables).toMatch(/\| LSTM \| PyTorch +\| 1.74 +\| 1.63 /);
    expect(tables).toMatch(/\| LSTM \| difference, at most 0.02 \| \+0.005 ✓ \| \+0.015 ✓ \| – /);
    expect(learningTables([text(1, 1.79)])).toContain("+0.050 ✗");
  });
});

it("a text is learned: the held-out loss falls, and one seed is one run", async () => {
  const options = { cell: "gru", seed: 1, steps: 8, every: 4 } as const;
  const sentence = "the quick brown fox jumps over the lazy dog. ";
  const learn = () => learnText(sentence.repeat(700), options, new QuietDisplay());
  const { points, ...rest } = await learn();
  expect(rest).toMatchObject({ task: "text", cell: "gru", seed: 1 });
  expect(points.map(([step]) => step)).toEqual([4, 8]);
  const [[, first], [, second]] = [points[0] ?? [0, 0], points[1] ?? [0, 0]];
  expect(first).toBeLessThan(Math.log(28));
  expect(second).toBeLessThan(first);
  expect((await learn()).points).toEqual(points);
});

describe("pnpm learn", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "learn-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("measures a part, prints its table, and writes it beside what was there", async () => {
    await writeFile(join(folder, "learning.jsonl"), formatRecords([adding({ length: 100 })]));
    const display = new QuietDisplay();
    const words = ["adding", "--lengths", "4", "--cells", "gru", "--seeds", "3", "--steps", "2", "--out", folder];
    expect(await run(learnCommand(display), words)).toBe(0);
    expect(display.lines.join("\n")).toMatch(/\| 4 +\| – +\| – +\| 0.\d{4} after 2 \|/);
    const records = parseRecords(await readFile(join(folder, "learning.jsonl"), "utf8"));
    expect(records).toMatchObject([{ length: 4, cell: "gru", seed: 3, steps: 2 }, adding({ length: 100 })]);
    expect(await readFile(join(folder, "learning.md"), "utf8")).toBe(learningDocument(records));
  });
});

it("docs/learning.md is what docs/learning.jsonl says", async () => {
  const read = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const records = parseRecords(await read("learning.jsonl"));
  expect(await read("learning.jsonl")).toBe(formatRecords(records));
  expect(await read("learning.md")).toBe(learningDocument(records));
});
