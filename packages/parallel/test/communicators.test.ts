/** One suite for all communicators, run by real processes and threads. */
import { describe, expect, test } from "vitest";
import { launch, type World } from "./launch.ts";

const worlds: readonly World[] = [
  { kind: "threads", size: 1 },
  { kind: "threads", size: 2 },
  { kind: "threads", size: 3 },
  { kind: "Open MPI", size: 1 },
  { kind: "Open MPI", size: 2 },
  { kind: "Open MPI", size: 3 },
  { kind: "Open MPI", size: 4 },
  { kind: "MPICH", size: 1 },
  { kind: "MPICH", size: 2 },
  { kind: "MPICH", size: 3 },
];

describe.each(worlds)("$kind of $size", (world) => {
  test("keeps every promise of a communicator", async () => {
    expect(await launch("conformance", world)).toMatchObject({ output: "all hold\n", code: 0 });
  });
});

describe.each(["Open MPI", "MPICH", "threads"] as const)("a rank of %s that", (kind) => {
  test.each([
    ["throw", "rank 1 failed: rank one is tired"],
    ["exit", "rank 1 failed: it exited with code 3"],
    ["end", "rank 1 failed: it ended while others were waiting for it"],
  ])("%ss: the others get an error that names it, and nothing hangs", async (how, message) => {
    const { output } = await launch("failure", { kind, size: 3 }, how);
    const caught = output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line): unknown => JSON.parse(line));
    expect(caught).toHaveLength(2);
    for (const report of caught)
      expect(report).toMatchObject({
        caught: expect.stringContaining(message),
        seconds: expect.toSatisfy((s) => s < 10),
      });
  });
});

test.each([
  ["Open MPI", /rank 1 .*signal 9/], // MPICH names the process, not its rank.
  ["MPICH", /PID \d+ RUNNING[\s\S]*Killed \(signal 9\)/],
] as const)("a rank of %s that is killed: the launcher ends the others and names it", async (kind, words) => {
  const began = performance.now();
  const { code, output, errors } = await launch("failure", { kind, size: 3 }, "kill");
  expect(code).not.toBe(0);
  expect(output + errors).toMatch(words);
  expect(performance.now() - began).toBeLessThan(60_000); // A start on a busy machine included.
});

test.each(["Open MPI", "MPICH"] as const)("%s: arrays longer than a message may be arrive in pieces", async (kind) => {
  expect(await launch("long-messages", { kind, size: 3 })).toMatchObject({ output: "all there\n", code: 0 });
});
