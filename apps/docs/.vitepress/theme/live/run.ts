/** Runs a program in a worker of the page, and tells what it prints until it ends or is stopped. */

import { join } from "../../../live/join.ts";
import type { RunReport } from "../../../live/messages.ts";

export interface OutputLine {
  readonly kind: "out" | "err" | "failure";
  readonly text: string;
}

export interface RunListener {
  print(line: OutputLine): void;
  /** The program has been evaluated; promises that it left alone may still print. */
  end(failed: boolean): void;
}

/** The reader sees so many lines at most: an endless loop may print for ever. */
const mostLines = 1000;

/** Starts `code` as the end of `earlier` in the worker at `address`. Returns what stops it. */
export function startRun(address: string, earlier: readonly string[], code: string, listener: RunListener): () => void {
  const worker = new Worker(address, { type: "module" });
  const { code: joined, before } = join(earlier, code);
  let lines = 0;
  let failed = false;
  worker.addEventListener("message", ({ data }: MessageEvent<RunReport>) => {
    if (data.kind === "end") return listener.end(failed);
    if (data.kind === "line") {
      lines += 1;
      if (lines <= mostLines) listener.print({ kind: data.stream, text: data.text });
      if (lines === mostLines) listener.print({ kind: "failure", text: `Output ends here: ${mostLines} lines.` });
      return;
    }
    failed = true;
    listener.print({ kind: "failure", text: `${data.text}${place(data.line, before)}` });
  });
  worker.addEventListener("error", (event) => {
    failed = true;
    listener.print({ kind: "failure", text: event.message || "The page could not load what runs its examples." });
    listener.end(true);
  });
  worker.postMessage({ code: joined });
  return () => worker.terminate();
}

function place(line: number | undefined, before: number): string {
  if (line === undefined) return "";
  return line > before ? ` (line ${line - before})` : " (in an earlier block)";
}
