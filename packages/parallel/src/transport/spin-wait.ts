/** Waits for another process: by polling at first, because an answer often comes within microseconds, then by sleeping. */

/** Looks before the first sleep, some tens of microseconds. */
const spins = 200;
/** Milliseconds of a sleep: short beside a step of training, long beside a look. */
const sleep = 0.2;

/** What nobody wakes. */
let nothing: Int32Array<SharedArrayBuffer> | undefined;

/** Calls `look` until it says that it is done; `doze` sleeps where there is something better to wait for than time. */
export function waitUntil(look: () => boolean, pause: () => void = rest): void {
  for (let round = 0; !look(); round++) if (round > spins) pause();
}

function rest(): void {
  nothing ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(nothing, 0, 0, sleep);
}
