/**
 * Letting the event loop turn. A loop that awaits settled promises only runs in microtasks, and timers, input and signals wait
 * until it ends. So a read waits for the next task every 30 ms or so. All other reads cost one look at the clock.
 */

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

interface Channel {
  readonly port1: Port;
  readonly port2: Port;
}

// Node and Deno have the first, browsers and their workers the second, all of them the third.
declare const setImmediate: ((callback: () => void) => unknown) | undefined;
declare const MessageChannel: (new () => Channel) | undefined;
declare const setTimeout: ((callback: () => void) => unknown) | undefined;
declare const performance: { now(): number } | undefined;

// As they are when this module loads: tests replace them by timers that move on demand only.
const immediate = typeof setImmediate === "undefined" ? undefined : setImmediate;
const ChannelOfHost = typeof MessageChannel === "undefined" ? undefined : MessageChannel;
const timer = typeof setTimeout === "undefined" ? undefined : setTimeout;
const now = typeof performance === "undefined" ? Date.now : performance.now.bind(performance);

/** Milliseconds without a turn that nobody notices: two frames of a screen. */
const longest = 30;

let last = now();
let pausing: Promise<void> | undefined;

/** Resolves at once, or in another task if the last turn is a while ago. */
export async function turn(): Promise<void> {
  if (now() - last < longest) return;
  pausing ??= new Promise<void>(nextTask).then(() => {
    pausing = undefined;
    last = now();
  });
  await pausing;
}

function nextTask(run: () => void): void {
  if (immediate !== undefined) immediate(run);
  else if (ChannelOfHost !== undefined) post(new ChannelOfHost(), run);
  else if (timer !== undefined) timer(run);
  else run();
}

/** Without the four milliseconds that browsers add to timers within timers. */
function post({ port1, port2 }: Channel, run: () => void): void {
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(null);
}
