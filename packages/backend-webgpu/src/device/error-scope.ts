/** Turns the errors that WebGPU reports to an error scope around a call into Tapegrad's errors, with the op's name. */
import { BackendError } from "@tapegrad/core";
import type { Device } from "./gpu.ts";

export type ErrorKind = "validation" | "out-of-memory" | "internal";
const everyKind: readonly ErrorKind[] = ["validation", "out-of-memory", "internal"];

/** Runs `fn` and gives its result, and a promise, which never rejects, of the error of these kinds that it made on the device. */
export function guarded<T>(
  device: Device,
  op: string,
  fn: () => T,
  kinds = everyKind,
): { result: T; error: Promise<Error | undefined> } {
  for (const kind of kinds) device.pushErrorScope(kind);
  try {
    const result = fn();
    return { result, error: popAll(device, op, kinds) };
  } catch (error) {
    void popAll(device, op, kinds); // What `fn` threw says more than what the device has to say about it.
    throw error;
  }
}

async function popAll(device: Device, op: string, kinds: readonly ErrorKind[]): Promise<Error | undefined> {
  const popped = kinds.toReversed().map((kind) =>
    device.popErrorScope().then(
      (error) => (error === null ? undefined : deviceError(op, kind, error.message)),
      // A device that was lost may refuse to answer; what it was asked is lost with it.
      (refusal: unknown) => new BackendError(op, `the device did not answer: ${String(refusal)}`),
    ),
  );
  const errors = (await Promise.all(popped)).toReversed();
  return errors.find((error) => error !== undefined);
}

const problems: Readonly<Record<ErrorKind, readonly [problem: string, remedy: string]>> = {
  validation: ["the device reports a validation error", "this is a fault of the backend or of the driver"],
  "out-of-memory": ["the device is out of memory", "free tensors with scope() or dispose(), or use a smaller batch"],
  internal: ["the device reports an internal error", "the driver gave up; try another adapter or a smaller size"],
};

function deviceError(op: string, kind: ErrorKind, message: string): BackendError {
  const [problem, remedy] = problems[kind];
  const said = message.trim().replace(/\s+/g, " ");
  return new BackendError(op, said === "" ? problem : `${problem}: ${said}`, remedy);
}
