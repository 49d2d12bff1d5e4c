/** WebGPU reports errors to whoever opened a scope around the call; this turns them into Tapegrad's, with the op's name. */
import { BackendError } from "@tapegrad/core";
import type { Device } from "./gpu.ts";

const filters = ["validation", "out-of-memory", "internal"] as const;

const remedies = {
  validation: "this is a fault of the backend or of the driver",
  "out-of-memory": "free tensors with scope() or dispose(), or use a smaller batch",
  internal: "the driver gave up; try another adapter or a smaller size",
};

/** Runs `fn` and gives its result, and a promise, which never rejects, of the error that it made on the device. */
export function guarded<T>(device: Device, op: string, fn: () => T): { result: T; error: Promise<Error | undefined> } {
  for (const filter of filters) device.pushErrorScope(filter);
  try {
    const result = fn();
    return { result, error: popAll(device, op) };
  } catch (error) {
    void popAll(device, op); // What `fn` threw says more than what the device has to say about it.
    throw error;
  }
}

async function popAll(device: Device, op: string): Promise<Error | undefined> {
  const popped = filters.toReversed().map((filter) =>
    device.popErrorScope().then(
      (error) => (error === null ? undefined : deviceError(op, filter, error.message)),
      // A device that was lost may refuse to answer; what it was asked is lost with it.
      (refusal: unknown) => new BackendError(op, `the device did not answer: ${String(refusal)}`),
    ),
  );
  const errors = (await Promise.all(popped)).toReversed();
  return errors.find((error) => error !== undefined);
}

function deviceError(op: string, filter: (typeof filters)[number], message: string): BackendError {
  const what = filter === "out-of-memory" ? "the device is out of memory" : `the device reports an ${filter} error`;
  const said = message.trim().replace(/\s+/g, " ");
  return new BackendError(
    op,
    said === "" ? what.replace("an v", "a v") : `${what.replace("an v", "a v")}: ${said}`,
    remedies[filter],
  );
}
