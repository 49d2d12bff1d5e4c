/** What can be asked for, and what is refused. */
import { expect, it } from "vitest";
import { parseCommandLine, parts } from "../src/command-line.ts";

it("asks for everything by default, and only then is the report complete", () => {
  const request = parseCommandLine([]);
  expect(request).toMatchObject({ parts, seconds: 5, npmPeers: true, complete: true });
  expect(request.tasks.map(({ name }) => name)).toContain("lstm L dense");
  expect(request.cells).toHaveLength(12);
});

it("chooses parts in the order of the report, tasks, and seconds", () => {
  const request = parseCommandLine([
    "cells",
    "lstm",
    "--tasks",
    "gru M, random 3 M",
    "--seconds",
    "0.5",
    "--without-npm",
  ]);
  expect(request).toMatchObject({ parts: ["lstm", "cells"], seconds: 0.5, npmPeers: false, complete: false });
  expect(request.tasks.map(({ name }) => name)).toEqual(["gru M"]);
  expect(request.cells.map(({ name }) => name)).toEqual(["random 3 M"]);
});

it.each([
  [
    ["matmull"],
    "no such benchmark: matmull; use matmul, lstm, eager, cells, compiling, memory, threads, webgpu, or none of them for all",
  ],
  [["lstm", "x"], "no such benchmark: x;"],
  [["lstm", "--tasks", "lstm X"], "no such task: lstm X; use lstm S, "],
  [["--seconds", "soon"], "--seconds is not a positive number: soon"],
])("refuses %j", (words, message) => {
  expect(() => parseCommandLine(words)).toThrow(message);
});
