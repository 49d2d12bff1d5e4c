/** Failure of a process: how it notifies the others, and the error that they then throw. */
import { BackendError } from "@tapegrad/core";
import type { Transport } from "./transport.ts";

/** The longest reason that is passed on, in bytes of UTF-8. */
export const longestReason = 1000;

export function failureOf(rank: number, reason: string): BackendError {
  return new BackendError(
    "parallel",
    `rank ${rank} failed: ${reason}`,
    `see what rank ${rank} printed, and start again`,
  );
}

/** `reason` as bytes, cut to what a message holds. */
export function encodeReason(reason: string): Uint8Array {
  const bytes = new Uint8Array(longestReason);
  new TextEncoder().encodeInto(reason, bytes);
  return bytes;
}

export function decodeReason(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
}

/**
 * Tells the others when this process or worker ends before `transport` is closed: by an uncaught error, by `process.exit`, or
 * by coming to its end without `close` in the middle of a run of the others.
 */
export function tellOfTheEnd(transport: Transport): () => void {
  let reason: string | undefined;
  const onError = (error: unknown) => {
    reason = error instanceof Error ? error.message : String(error);
  };
  const onExit = (code: number) => {
    if (reason !== undefined || code !== 0) transport.fail(reason ?? `it exited with code ${code}`);
    else transport.fail("it ended while others were waiting for it");
  };
  process.on("uncaughtExceptionMonitor", onError);
  process.on("exit", onExit);
  return () => {
    process.off("uncaughtExceptionMonitor", onError);
    process.off("exit", onExit);
  };
}
