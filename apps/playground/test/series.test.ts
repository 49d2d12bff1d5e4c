/** Tables of numbers: how files are read, what is said about bad ones, and what is trained on. */
import { synchronize, zeros } from "tapegrad";
import { beforeAll, describe, expect, test } from "vitest";
import { Session } from "../src/engine/session.ts";
import { defaultSettings } from "../src/engine/settings.ts";
import { exampleSeries } from "../src/engine/tasks/example-series.ts";
import { SeriesTask } from "../src/engine/tasks/series-task.ts";
import { readCsv, writeCsv } from "../src/series/read-csv.ts";

beforeAll(async () => {
  zeros([1]);
  await synchronize();
});

function columnsOf(text: string) {
  const read = readCsv(text);
  if (read.kind === "bad") throw new Error(read.problem);
  return Object.fromEntries(read.columns.map(({ name, values }) => [name, values]));
}

describe("a file is read", () => {
  test.each([
    ["with names", "a,b\n1,2\n3,4\n5,6\n7,8\n"],
    ["with line ends of Windows and a mark of byte order", "\ufeffa,b\r\n1,2\r\n3,4\r\n5,6\r\n7,8\r\n"],
    ["with semicolons", "a;b\n1;2\n3;4\n5;6\n7;8"],
    ["with tabs, spaces and empty lines", "\na\tb\n 1\t2 \n\n3\t4\n5\t6\n7\t8\n\n"],
    ["with quotes", '"a","b"\n"1",2\n3,"4"\n5,6\n7,8'],
  ])("%s", (_, text) => {
    expect(columnsOf(text)).toEqual({ a: [1, 3, 5, 7], b: [2, 4, 6, 8] });
  });

  test("without names", () => {
    expect(columnsOf("1,2\n3,4\n5,6\n7,8")).toEqual({ "column 1": [1, 3, 5, 7], "column 2": [2, 4, 6, 8] });
  });

  test("with decimal commas where semicolons separate, and exponents", () => {
    expect(columnsOf("a;b\n1,5;-2e-3\n2,5;+4\n3;5\n4;6")).toEqual({ a: [1.5, 2.5, 3, 4], b: [-0.002, 4, 5, 6] });
  });

  test("with a column of dates, which is left out and named", () => {
    const read = readCsv("day,t\n2024-01-01,1\n2024-01-02,2\n2024-01-03,3\n2024-01-04,4");
    expect(read).toEqual({ kind: "table", columns: [{ name: "t", values: [1, 2, 3, 4] }], leftOut: ["day"] });
  });

  test("as it was written", () => {
    const { columns } = exampleSeries;
    expect(readCsv(writeCsv(columns))).toEqual({ kind: "table", columns, leftOut: [] });
  });
});

describe("a bad file gets a sentence with the line", () => {
  test.each([
    ["", "There is nothing in it."],
    ["a,b\n1,2\n3,4\n5,six\n7,8", 'Line 4: "six" in b is not a number.'],
    ["a,b\n1,2\n\n3,4\n5,\n7,8", "Line 5: b is empty."],
    ["a,b\n1,2\n3\n5,6\n7,8", "Line 3 has 1 cell, and the first has 2."],
    ['a,"b\nc"\n1,2\n3,4\n5,6\n7,x', 'Line 6: "x" in b\nc is not a number.'],
    ["a,a\n1,2\n3,4\n5,6\n7,8", 'Line 1: two columns are called "a".'],
    ['a,b\n1,2\n3,"4\n5,6\n7,8', "Line 3: a quotation mark"],
    ["a,b\n1,2\n3,4", "There are only 2 rows"],
    ["a,b\n1,2\n3,1e999\n5,6\n7,8", 'Line 3: "1e999" in b is not a number.'],
    ["x,y\na,b\nc,d\ne,f\ng,h", "Line 2: no column has numbers."],
  ])("%j", (text, problem) => {
    expect(readCsv(text)).toMatchObject({ kind: "bad", problem: expect.stringContaining(problem) });
  });
});

describe("the task", () => {
  const values = Array.from({ length: 100 }, (_, row) => 100 + 10 * row);
  const other = values.map((value) => -value);
  const columns = [
    { name: "up", values },
    { name: "down", values: other },
  ];

  test("reads scaled columns and is asked for the next row, or the same one", () => {
    for (const ahead of [1, 0] as const) {
      const task = new SeriesTask({ kind: "series", columns, inputs: ["down"], predicted: "up", ahead }, 0);
      const { inputs, targets } = task.passage(0);
      const [read, asked] = [inputs.dataSync(), targets.dataSync()];
      // Both columns are the same line but for the sign, in units of their deviations.
      for (let row = 0; row < 60; row++) expect(asked[row]).toBeCloseTo(-(read[row + ahead] ?? NaN), 5);
    }
  });

  test("scales by the rows that are trained on, and holds the others out", () => {
    const task = new SeriesTask({ kind: "series", columns, inputs: ["up"], predicted: "up", ahead: 1 }, 0);
    expect(task.heldOutFrom).toBe(80);
    const trained = Array.from({ length: 80 }, (_, row) => task.passage(row).inputs.dataSync()[row % 64] ?? NaN);
    expect(trained.reduce((sum, value) => sum + value, 0) / 80).toBeCloseTo(0, 5);
    expect(trained.reduce((sum, value) => sum + value * value, 0) / 80).toBeCloseTo(1, 4);
    expect(task.heldOut()?.inputs.shape).toEqual([1, 19, 1]);
  });

  test.each([
    [{ inputs: [] }, "nothing is read"],
    [{ inputs: ["sideways"] }, 'no column "sideways"'],
    [{ ahead: 0 as const }, "read and predicted in the same row"],
    [{ columns: [{ name: "up", values: [1, 1, 1, 1, 1] }] }, "up never changes"],
  ])("refuses %j", (change, problem) => {
    const settings = { kind: "series", columns, inputs: ["up"], predicted: "up", ahead: 1, ...change } as const;
    expect(() => new SeriesTask(settings, 0)).toThrow(problem);
  });

  test("the two waves are predicted better than by the mean and by what was before", () => {
    const session = new Session({ ...defaultSettings, task: exampleSeries });
    while (session.steps < 200) session.step();
    const { baselines = [] } = session.task;
    expect(baselines.map(({ name }) => name)).toEqual(["always the mean", "as before"]);
    for (const { loss } of baselines) expect(session.heldOutLoss()).toBeLessThan(loss / 2);
  });
});
