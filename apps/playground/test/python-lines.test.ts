/** The lines of Python that the page offers, run by PyTorch: what they write opens. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModel } from "../src/engine/opened/open-model.ts";
import { openModelTexts } from "../src/texts/open-model.ts";

const python = "/usr/bin/python3";
const withoutTorch = spawnSync(python, ["-c", "import torch"]).status !== 0;

/** Stands for the package `safetensors`, which Debian does not have: the file as its documentation describes it. */
const saveFile = `
import json, struct
def save_file(tensors, filename, metadata=None):
    header, data = {"__metadata__": metadata or {}}, b""
    for name, tensor in tensors.items():
        assert tensor.is_contiguous() and str(tensor.dtype) == "torch.float32"
        values = tensor.detach().flatten().tolist()
        packed = struct.pack("<%df" % len(values), *values)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    with open(filename, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded + data)
`;

const program = `
import torch
class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(10, 5)
        self.rnn = torch.nn.GRU(5, 6, num_layers=2)
        self.out = torch.nn.Linear(6, 10)
model, text = Model(), "to be or not to be, that"
${openModelTexts.python}
`;

test.skipIf(withoutTorch)("five lines write a file that opens (skipped where PyTorch is not installed)", () => {
  expect(openModelTexts.python.split("\n")).toHaveLength(5);
  const folder = mkdtempSync(join(tmpdir(), "playground-"));
  mkdirSync(join(folder, "safetensors"));
  writeFileSync(join(folder, "safetensors/__init__.py"), "");
  writeFileSync(join(folder, "safetensors/torch.py"), saveFile);
  execFileSync(python, ["-c", program], { cwd: folder, env: { ...process.env, PYTHONPATH: folder } });
  const opened = openModel(readFileSync(join(folder, "model.safetensors")));
  expect(opened.settings).toEqual({ cell: "GRU", layers: 2, hidden: 6, architecture: { embedding: 5 } });
  expect(opened.vocabulary?.join("")).toBe(" ,abehnort");
});
