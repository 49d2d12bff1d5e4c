"""
The training step of the benchmarks in PyTorch, driven by lines of JSON on standard input, one answer on standard output
each. On one thread, or with `--device cuda` on a GPU, whose recurrent layers are cuDNN's; in float32 proper there, without
the shorter fraction (TF32) that cuDNN would take by itself.

First line out: {"description"}. Then {"command": "prepare", "task", "learningRate", "weights", "inputs", "targets"}
makes model and data (arrays are base64 of little-endian float32 or int32; answer {}), and {"command": "run", "steps"}
makes steps (answer {"losses", "milliseconds"}, one of each per step).
"""

import argparse
import base64
import ctypes
import json
import os
import sys
import time

import torch
from torch import nn

LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class SequenceModel(nn.Module):
    def __init__(self, task):
        super().__init__()
        hidden, vocabulary = task["hidden"], task["vocabulary"]
        self.embedding = nn.Embedding(vocabulary, hidden) if task["input"] == "tokens" else None
        self.recurrent = LAYERS[task["cell"]](hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, inputs):
        sequence = inputs if self.embedding is None else self.embedding(inputs)
        return self.head(self.recurrent(sequence)[0])


def decode(text, dtype, shape, device):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype).reshape(shape).to(device)


class TrainingStep:
    """A model from given weights, and steps of it; subclasses have data and a loss."""

    def __init__(self, model, optimizer, request, device):
        self.model = model.to(device)
        shapes = {name: value.shape for name, value in self.model.state_dict().items()}
        weights = {
            name: decode(text, torch.float32, shapes[name], device) for name, text in request["weights"].items()
        }
        self.model.load_state_dict(weights)
        self.optimizer = optimizer(self.model.parameters(), lr=request["learningRate"])

    def advance(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.inputs))
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def run(self, steps):
        losses, milliseconds = [], []
        for _ in range(steps):
            began = time.perf_counter()
            losses.append(self.advance())
            milliseconds.append(1e3 * (time.perf_counter() - began))
        return {"losses": losses, "milliseconds": milliseconds}


class SequenceStep(TrainingStep):
    def __init__(self, request, device):
        task = request["task"]
        super().__init__(SequenceModel(task), torch.optim.Adam, request, device)
        tokens = [task["batch"], task["time"]]
        self.targets = decode(request["targets"], torch.int32, tokens, device).long()
        if task["input"] == "tokens":
            self.inputs = decode(request["inputs"], torch.int32, tokens, device).long()
        else:
            self.inputs = decode(request["inputs"], torch.float32, [*tokens, task["hidden"]], device)

    def loss(self, logits):
        return nn.functional.cross_entropy(logits.flatten(0, 1), self.targets.flatten())


class PerceptronStep(TrainingStep):
    def __init__(self, request, device):
        batch, (first, *widths) = request["task"]["batch"], request["task"]["widths"]
        layers, width = [], first
        for following in widths:
            layers += [nn.Linear(width, following), nn.ReLU()]
            width = following
        super().__init__(nn.Sequential(*layers[:-1]), torch.optim.SGD, request, device)
        self.inputs = decode(request["inputs"], torch.float32, [batch, first], device)
        self.targets = decode(request["targets"], torch.float32, [batch, width], device)

    def loss(self, outputs):
        return nn.functional.mse_loss(outputs, self.targets)


def step_of(request, device):
    return (PerceptronStep if "widths" in request["task"] else SequenceStep)(request, device)


def mapped_libraries():
    torch.ones(8, 8) @ torch.ones(8, 8)
    try:
        with open("/proc/self/maps") as maps:
            return sorted({line.split()[-1] for line in maps if line.rstrip().endswith(".so") or ".so." in line})
    except OSError:
        return []


def openblas_core():
    """The processor whose kernels OpenBLAS uses, or None without OpenBLAS."""
    for path in mapped_libraries():
        if "libopenblas" in path:
            core_name = ctypes.CDLL(path).openblas_get_corename
            core_name.restype = ctypes.c_char_p
            return core_name().decode()
    return None


def suitable_core():
    """OpenBLAS takes a processor newer than itself for a Prescott and leaves four fifths of the machine unused."""
    with open("/proc/cpuinfo") as info:
        flags = next((line.split() for line in info if line.startswith("flags")), [])
    if "avx512vl" in flags:
        return "SkylakeX"
    return "Haswell" if "avx2" in flags and "fma" in flags else None


def start_again_if_unknown():
    if openblas_core() == "Prescott" and "OPENBLAS_CORETYPE" not in os.environ:
        core = suitable_core()
        if core is not None:
            os.environ["OPENBLAS_CORETYPE"] = core
            os.execv(sys.executable, [sys.executable, *sys.argv])


def blas():
    """Which library multiplies matrices, as far as the mapped files tell; Debian's reference BLAS is far slower."""
    core = openblas_core()
    if core is not None:
        return f"OpenBLAS ({core} kernels)"
    known = {"libmkl": "MKL", "libblis": "BLIS", "libatlas": "ATLAS", "libblas": "reference BLAS"}
    mapped = " ".join(mapped_libraries())
    return next((name for mark, name in known.items() if mark in mapped), "unknown BLAS")


def gpu():
    """What the GPU's figures depend on. Ends the program where there is none."""
    if not torch.cuda.is_available():
        sys.exit("no CUDA device")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    return f"CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, {torch.cuda.get_device_name()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    device = parser.parse_args().device
    if device == "cpu":
        start_again_if_unknown()
    torch.set_num_threads(1)
    step = None

    def answer(message):
        print(json.dumps(message), flush=True)

    answer({"description": f"PyTorch {torch.__version__} with {blas() if device == 'cpu' else gpu()}"})
    for line in sys.stdin:
        request = json.loads(line)
        if request["command"] == "prepare":
            step = step_of(request, device)
            answer({})
        else:
            answer(step.run(request["steps"]))


if __name__ == "__main__":
    main()
