/** PyTorch on one thread, where Debian's package has installed it. */
import { fileURLToPath } from "node:url";
import { Peer } from "./peer.ts";

const script = fileURLToPath(new URL("../pytorch/lstm.py", import.meta.url));

/** Debian's package belongs to Debian's Python, which need not be the first in the path. */
const interpreters = ["python3", "/usr/bin/python3"];

const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };

/** Undefined where no Python has torch. @throws Error when one has, and fails otherwise. */
export async function startPyTorch(): Promise<Peer | undefined> {
  for (const command of interpreters) {
    const program = { name: "PyTorch", command, arguments: [script], environment: oneThread };
    const peer = await Peer.start(program, (message) => /No module named|ENOENT/.test(message));
    if (peer !== undefined) return peer;
  }
  return undefined;
}
