/** Gradients travel from, and into, the memory where compiled code computes with them. */
import { expect, test } from "vitest";
import { launch } from "./launch.ts";

async function counted(...values: string[]): Promise<unknown> {
  const { output, errors } = await launch("copies", { kind: "Open MPI", size: 2 }, ...values);
  if (!output.startsWith("{")) throw new Error(errors);
  return JSON.parse(output);
}

/** An LSTM of 64 on inputs of 32: [256, 32], [256, 64] and two biases of 256. */
const gradientBytes = 4 * (256 * 32 + 256 * 64 + 2 * 256);

test.for(["wasm", "shared"])(
  "a compiled step on %s memory copies no gradient between compute and MPI",
  async (backend) => {
    const sentAndReceived = 2 * gradientBytes;
    expect(await counted(backend, "whole")).toEqual({ copies: 0, gradientBytes, inside: sentAndReceived, outside: 0 });
  },
);

test("the counts see copies where there are some: a step that is compiled by shards, and another backend", async () => {
  const elsewhere = { copies: expect.toSatisfy((n) => n > 0), inside: 0, outside: 2 * gradientBytes };
  expect(await counted("wasm", "shard")).toMatchObject(elsewhere);
  expect(await counted("cpu", "whole")).toMatchObject(elsewhere);
});
