/**
 * Runs code that a visitor wrote, or that came with a link, in a worker of a frame that has no origin and whose policy forbids
 * loading and sending. It answers calls as the engine does. If it does not answer within the time limit, it is stopped.
 */
import type { Host } from "../host.ts";

/** Milliseconds between two beats, and how many may be missed: counted here, so that a page that sleeps misses none. */
const beat = 500;
const mostMissed = 10;
/** Milliseconds that a frame has for its first word after it has loaded. */
const patience = 2000;

/** Seconds that a cell may compute without a pause. */
export const timeLimit = (beat * mostMissed) / 1000;

type Word = "here" | { readonly refused: string } | { readonly crashed: string };

/** Calls may be sent at once. `onEnd` hears why it ended, unless it was closed. */
export function openSandbox(onEnd: (error: Error) => void): Host {
  const calls = new MessageChannel();
  const pulse = new MessageChannel();
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.hidden = true;
  frame.title = "Sandbox";
  frame.src = new URL("sandbox.html", document.baseURI).href;
  let isOpen = true;
  let hasSpoken = false;
  let missed = 0;
  let heart: ReturnType<typeof setInterval> | undefined;

  const close = () => {
    isOpen = false;
    clearInterval(heart);
    removeEventListener("message", hear);
    frame.remove(); // Its worker ends with it, whatever it is doing.
    for (const { port1 } of [calls, pulse]) port1.close();
  };
  const end = (problem: string) => {
    if (!isOpen) return;
    close();
    onEnd(new Error(problem));
  };
  const hear = ({ source, data }: MessageEvent<Word>) => {
    if (source === null || source !== frame.contentWindow) return;
    hasSpoken = true;
    if (data === "here") {
      import("./sandbox-worker.ts?bundle").then(
        ({ script }) => frame.contentWindow?.postMessage(script, "*", [calls.port2, pulse.port2]),
        () => end(notLoaded),
      );
    } else end("refused" in data ? refusal : `own cell: the sandbox stopped: ${data.crashed}`);
  };
  addEventListener("message", hear);
  frame.addEventListener("load", () => {
    setTimeout(() => {
      if (!hasSpoken) end(refusal);
    }, patience);
  });
  pulse.port1.onmessage = ({ data }) => {
    missed = 0;
    if (data !== "ready") return;
    heart = setInterval(() => {
      if (missed++ >= mostMissed) end(tooLong);
      else pulse.port1.postMessage("beat");
    }, beat);
  };
  document.body.append(frame);
  return { endpoint: calls.port1, close };
}

const notLoaded = "own cell: the engine's code did not load; check the connection and try again";
const refusal =
  "own cell: this page may not run code that you write: its Content-Security-Policy refuses it; to allow it, serve sandbox.html without that policy, or with 'unsafe-eval' and blob: in script-src";
const tooLong = `own cell: it computed for ${timeLimit} seconds without coming to an end, and was stopped; look for an endless loop`;
