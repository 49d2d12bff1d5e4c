/** The one place that holds a failure for the visitor to read. */
import { signal } from "@preact/signals";

/** The last failure that has not been dismissed. */
export const failure = signal<string | undefined>(undefined);

export function reportFailure(error: unknown): void {
  failure.value = messageOf(error);
  console.error(error);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Also what nobody caught: a rejected promise without a handler, an exception in an event. */
export function watchForFailures(): void {
  window.addEventListener("unhandledrejection", (event) => reportFailure(event.reason));
  window.addEventListener("error", (event) => {
    if (!isNotice(event)) failure.value = event.message;
  });
}

/** Browsers put off what an observer of sizes changes to the next frame, and say so as an error without an exception. */
function isNotice({ error, message }: ErrorEvent): boolean {
  return !(error instanceof Error) && message.startsWith("ResizeObserver loop");
}
