import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { decode, encode } from "@tapegrad/safetensors";
import { Tensor, tensor, Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import type { Checkpoint } from "../src/files/checkpoint.ts";
import { readFacts, withCheckpoint } from "../src/files/read-checkpoint.ts";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { bytesOf, checkpointOf } from "./command.ts";

const checkpoint: Checkpoint = {
  configuration: { ...defaultConfiguration, cell: "gru", dropout: 0.25 },
  vocabulary: new Vocabulary(["\n", '"', "é", "🐋"]),
  step: 7,
  steps: 9,
  textDigest: "abc",
  tensors: { weight: tensor([[1, 2.5]]) },
};

async function changed(change: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const { entries, metadata } = decode(await bytesOf(checkpoint));
  return encode(entries, { ...metadata, ...change });
}

test("what is written is read", async () => {
  const read = await checkpointOf(await bytesOf(checkpoint), "it");
  const plain = ({ vocabulary, tensors, ...rest }: Checkpoint) => ({
    ...rest,
    characters: vocabulary.characters,
    tensors: Object.entries(tensors).map(([name, value]) => [name, value.shape, value.dataSync()]),
  });
  expect(plain(read)).toEqual(plain(checkpoint));
  expect(read.tensors.weight).toBeInstanceOf(Tensor);
});

test.each([
  [{ version: "2" }, "it is a checkpoint of version 2; this program reads version 1"],
  [{ format: "pt" }, "it is not a checkpoint of char-rnn"],
  [{ configuration: "{" }, "the checkpoint it is damaged: what it says of its configuration does not make sense"],
  [{ vocabulary: '["ab"]' }, "the checkpoint it is damaged: what it says of its vocabulary does not make sense"],
  [{ vocabulary: '["a","a"]' }, "the checkpoint it is damaged: what it says of its vocabulary does not make sense"],
  [{ step: "-1" }, "the checkpoint it is damaged: what it says of its step does not make sense"],
  [{ steps: "" }, "the checkpoint it is damaged: what it says of its steps does not make sense"],
])("%j is refused", async (change, message) => {
  const bytes = await changed(change);
  await expect(checkpointOf(bytes, "it")).rejects.toThrow(message);
});

test("a folder stands for the checkpoint in it", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "model.safetensors"), await bytesOf(checkpoint));
  expect((await readFacts(folder)).file).toBe(join(folder, "model.safetensors"));
});

test("a file beyond 2 GiB is read tensor by tensor", async () => {
  const path = join(await temporaryFolder(), "model.safetensors");
  const { entries, metadata } = decode(await bytesOf(checkpoint));
  const size = 3 * 2 ** 30;
  const weight = { dtype: "F32", shape: [1, 2], data_offsets: [size, size + 8] };
  const header = {
    __metadata__: metadata,
    large: { dtype: "F32", shape: [size / 4], data_offsets: [0, size] },
    weight,
  };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([prefix, text]));
  await truncate(path, 8 + text.length + size); // Without blocks on the disk.
  await writeFile(path, Buffer.from(Float32Array.of(1, 2.5).buffer), { flag: "a" });
  const read = await withCheckpoint(path, ({ tensors }) => tensors((name) => name === "weight"));
  expect(read.weight?.dataSync()).toEqual(entries.get("weight")?.data);
});

test("a checkpoint of before the held-out bits were saved can be gone on from", async () => {
  const { entries, metadata } = decode(await bytesOf({ ...checkpoint, heldOutBits: 2 }));
  const { heldOutBits, ...before } = metadata;
  expect(heldOutBits).toBe("2");
  expect(await checkpointOf(encode(entries, before), "it")).toMatchObject({ step: 7, heldOutBits: undefined });
});
