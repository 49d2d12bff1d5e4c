/** A run as a program on PyTorch: the same initial weights and data, read from the file beside it. */
import type { CellName } from "../engine/settings.ts";
import { stackName } from "./names.ts";
import {
  besideName,
  hasText,
  modelInWords,
  programSteps,
  type Recipe,
  sizesOf,
  taskInWords,
  unitOf,
} from "./recipe.ts";

/** Undefined for a cell that is written in JavaScript: nothing translates it. */
export function pytorchProgram(recipe: Recipe): string | undefined {
  const { settings } = recipe;
  if (settings.cell === "own") return undefined;
  return `"""${taskInWords(settings.task)}: ${modelInWords(settings)}. Written by the Tapegrad playground.

Needs torch; ${besideName}, which lies beside it, has the weights that training begins with${hasText(recipe) ? "" : " and the data"}.
"""

import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


def load(path):
    """The tensors of a .safetensors file, and its metadata."""
    file = bytearray(Path(path).read_bytes())
    start = 8 + int.from_bytes(file[:8], "little")
    header = json.loads(file[8:start])
    metadata = header.pop("__metadata__", {})
    dtypes = {"F32": torch.float32, "I32": torch.int32}

    def tensor(dtype, shape, data_offsets):
        begin, _ = data_offsets
        flat = torch.frombuffer(file, dtype=dtypes[dtype], count=math.prod(shape), offset=start + begin)
        return flat.reshape(shape).clone()

    return {name: tensor(**entry) for name, entry in header.items()}, metadata


file, metadata = load(Path(__file__).with_name("${besideName}"))
${data(recipe)}

${cellClass(settings.cell)}${model(recipe)}

model = Model()
model.load_state_dict({name: file[name] for name in model.state_dict()})
optimizer = torch.optim.Adam(model.parameters(), lr=${settings.learningRate})
${weights(recipe)}state = None
for step in range(1, ${programSteps + 1}):
    inputs, targets, is_first = batch_at(step - 1)
    outputs, state = model(inputs, None if is_first else state)
${loss(recipe)}    optimizer.zero_grad()
    loss.backward()
${settings.clip === 0 ? "" : `    nn.utils.clip_grad_norm_(model.parameters(), ${settings.clip})\n`}    optimizer.step()
    # The next window begins where this one ended, and the gradient stops there.
    state = ${settings.cell === "LSTM" ? "tuple(part.detach() for part in state)" : "state.detach()"}
    if step % 20 == 0:
        print(f"step {step}: {loss.item()${recipe.summary.output.kind === "tokens" ? " / math.log(2)" : ""}:.7f} ${unitOf(recipe)}")
`;
}

function data(recipe: Recipe): string {
  const { task } = recipe.settings;
  const { batch, window, heldOutFrom } = recipe.summary;
  if (task.kind !== "text")
    return `# The batches of the first steps, [step, batch, time, ...].
all_inputs, all_targets = file["inputs"], file["targets"]


def batch_at(step):
    at = step % len(all_inputs)
    return ${longs(recipe)}, True
`;
  return `text = ${pythonString(task.text)}
token_of = {character: token for token, character in enumerate(json.loads(metadata["vocabulary"]))}
tokens = torch.tensor([token_of[character] for character in text])${heldOutFrom === undefined ? "" : `[:${heldOutFrom}]  # the rest is held out`}
batch, window = ${batch}, ${window}  # sequences side by side, steps that the gradient flows back through
length = (len(tokens) - 1) // batch  # of each sequence


def batch_at(step):
    at = step % (length // window)
    starts = [row * length + at * window for row in range(batch)]
    inputs = torch.stack([tokens[start : start + window] for start in starts])
    targets = torch.stack([tokens[start + 1 : start + 1 + window] for start in starts])
    return inputs, targets, at == 0
`;
}

function longs({ summary }: Recipe): string {
  const of = (name: string, kind: string) => (kind === "tokens" ? `${name}[at].long()` : `${name}[at]`);
  return `${of("all_inputs", summary.input.kind)}, ${of("all_targets", summary.output.kind)}`;
}

/** PyTorch has the GRU that resets after the product only. */
function cellClass(cell: CellName): string {
  if (cell !== "GRU, reset before") return "";
  return `class ResetBeforeGRU(nn.Module):
    """The GRU of Cho et al. (2014), which resets the state before the product; names and order of gates are nn.GRU's."""

    def __init__(self, inputs, hidden, num_layers, batch_first):
        super().__init__()
        self.hidden, self.num_layers = hidden, num_layers
        for layer in range(num_layers):
            shapes = {"weight_ih": (3 * hidden, hidden if layer else inputs), "weight_hh": (3 * hidden, hidden)}
            for name, shape in (shapes | {"bias_ih": (3 * hidden,), "bias_hh": (3 * hidden,)}).items():
                self.register_parameter(f"{name}_l{layer}", nn.Parameter(torch.empty(shape)))

    def forward(self, sequence, state=None):
        if state is None:
            state = sequence.new_zeros(self.num_layers, len(sequence), self.hidden)
        last = []
        for layer, h in enumerate(state):
            names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            w_ih, w_hh, b_ih, b_hh = (getattr(self, f"{name}_l{layer}") for name in names)
            (u_r, u_z, u_n), (b_r, b_z, b_n) = w_hh.chunk(3), b_hh.chunk(3)
            outputs = []
            for x in sequence.unbind(1):
                x_r, x_z, x_n = F.linear(x, w_ih, b_ih).chunk(3, -1)
                r = torch.sigmoid(x_r + F.linear(h, u_r, b_r))
                z = torch.sigmoid(x_z + F.linear(h, u_z, b_z))
                h = (1 - z) * torch.tanh(x_n + F.linear(r * h, u_n, b_n)) + z * h
                outputs.append(h)
            sequence = torch.stack(outputs, 1)
            last.append(h)
        return sequence, torch.stack(last)


`;
}

const classes: Readonly<Record<Exclude<CellName, "own">, string>> = {
  RNN: "nn.RNN",
  LSTM: "nn.LSTM",
  GRU: "nn.GRU",
  "GRU, reset before": "ResetBeforeGRU",
};

function model(recipe: Recipe): string {
  const { settings, summary } = recipe;
  if (settings.cell === "own") throw new Error("internal: nothing translates an own cell");
  const { inputs, outputs, hidden, embedding, first } = sizesOf(recipe);
  const stack = stackName(settings);
  const isTokens = summary.input.kind === "tokens";
  const encoded =
    embedding > 0 ? "self.embedding(inputs)" : isTokens ? `F.one_hot(inputs, ${inputs}).float()` : "inputs";
  return `class Model(nn.Module):
    def __init__(self):
        super().__init__()
${embedding > 0 ? `        self.embedding = nn.Embedding(${inputs}, ${embedding})\n` : ""}        self.${stack} = ${classes[settings.cell]}(${first}, ${hidden}, num_layers=${settings.layers}, batch_first=True)
        self.head = nn.Linear(${hidden}, ${outputs})

    def forward(self, inputs, state=None):
        features, state = self.${stack}(${encoded}, state)
        return self.head(features), state
`;
}

function weights({ start }: Recipe): string {
  if (start.lossWeights === undefined) return "";
  return `weights = torch.tensor([${start.lossWeights.join(", ")}])  # of each time step: how much its loss counts\n`;
}

function loss({ summary, start }: Recipe): string {
  const isTokens = summary.output.kind === "tokens";
  if (start.lossWeights === undefined)
    return isTokens
      ? "    loss = F.cross_entropy(outputs.flatten(0, 1), targets.flatten())\n"
      : "    loss = F.mse_loss(outputs, targets)\n";
  const each = isTokens
    ? 'F.cross_entropy(outputs.transpose(1, 2), targets, reduction="none")'
    : "((outputs - targets) ** 2).mean(-1)";
  return `    losses = ${each}\n    loss = (losses * weights).sum(-1).mean() / weights.sum()\n`;
}

/** JSON's strings are Python's, but for characters beyond 16 bits, which JSON writes as they are. */
function pythonString(text: string): string {
  return JSON.stringify(text);
}
