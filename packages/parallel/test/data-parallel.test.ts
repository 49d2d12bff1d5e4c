/** The same bits for any number of processes. */
import { expect, test } from "vitest";
import { launch, type World } from "./launch.ts";

async function trained(world: World, ...values: string[]): Promise<unknown> {
  const { output, errors } = await launch("train", world, ...values);
  if (!output.startsWith("{")) throw new Error(errors);
  return JSON.parse(output);
}

test("200 steps of a two-layer LSTM with dropout and clipping give the same bits on 1, 2 and 4 processes, MPI and threads", async () => {
  const alone = await trained({ kind: "threads", size: 1 });
  for (const kind of ["mpi", "threads"] as const)
    for (const size of [2, 4]) expect(await trained({ kind, size })).toEqual(alone);
});

test("a number of processes that is no power of two gives the same bits too", async () => {
  const alone = await trained({ kind: "threads", size: 1 }, "20", "12");
  for (const size of [3, 6]) expect(await trained({ kind: "threads", size }, "20", "12")).toEqual(alone);
});
