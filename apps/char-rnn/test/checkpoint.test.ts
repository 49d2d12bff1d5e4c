import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decode, encode } from "@tapegrad/safetensors";
import { Tensor, tensor, Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import type { Checkpoint } from "../src/files/checkpoint.ts";
import { readFacts } from "../src/files/read-checkpoint.ts";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { bytesOf, checkpointOf, temporaryFolder } from "./command.ts";

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
