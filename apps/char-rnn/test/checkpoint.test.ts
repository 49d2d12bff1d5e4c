import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decode, encode } from "@tapegrad/safetensors";
import { Tensor, tensor, Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../src/files/checkpoint.ts";
import { CheckpointFile, readCheckpoint } from "../src/files/checkpoint-file.ts";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { temporaryFolder } from "./command.ts";

const checkpoint: Checkpoint = {
  configuration: { ...defaultConfiguration, cell: "gru", dropout: 0.25 },
  vocabulary: new Vocabulary(["\n", '"', "é", "🐋"]),
  step: 7,
  steps: 9,
  textDigest: "abc",
  tensors: { weight: tensor([[1, 2.5]]) },
};

async function changed(change: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const { entries, metadata } = decode(await encodeCheckpoint(checkpoint));
  return encode(entries, { ...metadata, ...change });
}

test("what is written is read", async () => {
  const read = decodeCheckpoint(await encodeCheckpoint(checkpoint), "it");
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
  expect(() => decodeCheckpoint(bytes, "it")).toThrow(message);
});

test("a failed save leaves the old checkpoint and no temporary file", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "model.safetensors");
  const file = await CheckpointFile.prepare(path, { continues: true });
  await mkdir(path); // A folder in its place makes the final rename fail.
  await expect(file.save(checkpoint)).rejects.toThrow(`cannot write the checkpoint ${path}: `);
  expect(await readdir(folder)).toEqual(["model.safetensors"]);
});

test("the folder is made, and what another run left is kept aside once", async () => {
  const folder = join(await temporaryFolder(), "a", "b");
  const path = join(folder, "model.safetensors");
  const save = async (...steps: number[]) => {
    const file = await CheckpointFile.prepare(path);
    for (const step of steps) await file.save({ ...checkpoint, step });
  };
  await save(1);
  await save(2, 3);
  const stepIn = async (name: string) => (await readCheckpoint(join(folder, name))).checkpoint.step;
  expect([await stepIn("model.safetensors"), await stepIn("previous.safetensors")]).toEqual([3, 1]);
});

test("a folder stands for the checkpoint in it", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "model.safetensors"), await encodeCheckpoint(checkpoint));
  expect((await readCheckpoint(folder)).file).toBe(join(folder, "model.safetensors"));
});
