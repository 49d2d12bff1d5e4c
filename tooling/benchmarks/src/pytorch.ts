/** PyTorch on one thread, or on CUDA, where a Python has it. */
import { fileURLToPath } from "node:url";
import type { Peer } from "./peer.ts";
import { startPeer } from "./peer-process.ts";

const script = fileURLToPath(new URL("../pytorch/lstm.py", import.meta.url));

/** Debian's package belongs to Debian's Python, which need not be the first in the path. */
const interpreters = ["python3", "/usr/bin/python3"];

const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** Undefined where no Python has torch, or none with a CUDA device. @throws Error when one has, and fails otherwise. */
export async function startPyTorch(device: "cpu" | "cuda" = "cpu"): Promise<Peer | undefined> {
  for (const command of interpreters) {
    const program = {
      name: "PyTorch",
      command,
      arguments: [script, "--device", device],
      environment: oneThread,
    };
    const peer = await startPeer(program, (message) => /No module named|ENOENT|no CUDA device/.test(message));
    if (peer !== undefined) return peer;
  }
  return undefined;
}
