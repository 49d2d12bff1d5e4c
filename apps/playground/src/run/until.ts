/** Waiting for signals. */
import { effect } from "@preact/signals";

/** Resolves when `isSo` of some signals has become true. */
export function until(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!isSo()) return;
      resolve();
      queueMicrotask(() => stop()); // Not before there is a `stop`.
    });
  });
}
