/** The same bits for any number of processes. */
import { expect, test } from "vitest";
import { launch, type World } from "./launch.ts";

async function trained(world: World, ...values: string[]): Promise<unknown> {
  const { output, errors } = await launch("train", world, ...values);
  if (!output.startsWith("{")) throw new Error(errors);
  return JSON.parse(output);
}

const worlds: readonly World[] = (["Open MPI", "MPICH", "threads"] as const).flatMap((kind) =>
  [2, 4].map((size) => ({ kind, size })),
);

// A step of training is compiled shard by shard, or as a whole: with its sums over processes and the update.
test.for(["shard", "whole"])(
  "200 steps of a two-layer LSTM with dropout and clipping, compiled as %s: 1, 2 and 4 processes, over both kinds of MPI and threads, give the same bits",
  async (compiled) => {
    const alone = await trained({ kind: "threads", size: 1 }, "200", "8", compiled);
    for (const world of worlds) expect(await trained(world, "200", "8", compiled)).toEqual(alone);
  },
);

test("a number of processes that is no power of two gives the same bits too", async () => {
  const alone = await trained({ kind: "threads", size: 1 }, "20", "12");
  for (const compiled of ["shard", "whole"])
    for (const size of [3, 6]) expect(await trained({ kind: "threads", size }, "20", "12", compiled)).toEqual(alone);
  expect(await trained({ kind: "Open MPI", size: 3 }, "20", "12", "whole")).toEqual(alone);
});
