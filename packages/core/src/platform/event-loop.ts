/**
 * Lets the event loop run. A loop that awaits settled promises only runs in microtasks, and timers, input and signals wait
 * until it ends. So a read waits for the next task every 30 ms or so. All other reads cost one look at the clock.
 */

interface Port {
  onmessage?: unknown;
  postMessage(message: null): void;
  close(): void;
}

interface Channel {
  readonly port1: Port;
  readonly port2: Port;
}

/** Node and Deno have the first, browsers and their workers the second, all of them the others. */
interface Host {
  readonly setImmediate?: (callback: () => void) => unknown;
  readonly MessageChannel?: new () => Channel;
  readonly setTimeout?: (callback: () => void) => unknown;
  readonly performance?: { now(): number };
}

const host: typeof globalThis & Host = globalThis;

// As they are when this module loads: tests replace them by timers that move on demand only.
const immediate = host.setImmediate;
const ChannelOfHost = host.MessageChannel;
const timer = host.setTimeout;
const clock = host.performance ?? Date;

/** Milliseconds without a turn, too few to notice: two frames of a screen. */
const longest = 30;

let last = clock.now();
let pausing: Promise<void> | undefined;

/** Resolves at once, or in another task if the last one is a while ago. */
export async function yieldToEventLoop(): Promise<void> {
  if (clock.now() - last < longest) return;
  pausing ??= new Promise<void>(nextTask).then(() => {
    pausing = undefined;
    last = clock.now();
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
