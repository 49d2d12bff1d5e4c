/** Where in the caller's own source an op was called. Costs a stack trace per op, so it is tracked only on request. */

declare global {
  /** Part of every ES module host, but of no `lib` that is free of a platform. */
  interface ImportMeta {
    url: string;
  }
}

let tracking = 0;
let replayed: string | undefined;

/** Runs `fn` with origins tracked. */
export function trackOrigins<T>(fn: () => T): T {
  tracking++;
  try {
    return fn();
  } finally {
    tracking--;
  }
}

/** Whether origins are tracked now. */
export function tracksOrigins(): boolean {
  return tracking > 0;
}

/** The origin of what is happening now, `file:line:column`; undefined unless tracked. */
export function currentOrigin(): string | undefined {
  return tracking === 0 ? undefined : callerOrigin();
}

/** The origin of what is happening now, tracked or not. */
export function callerOrigin(): string {
  return replayed ?? callerLine(deepStack());
}

/** V8 keeps ten frames unless told otherwise; an op inside a layer inside a loop is further down. */
const traces: ErrorConstructor & { stackTraceLimit?: number } = Error;

function deepStack(): string {
  const limit = traces.stackTraceLimit;
  traces.stackTraceLimit = 100;
  const { stack = "" } = new Error();
  if (limit !== undefined) traces.stackTraceLimit = limit;
  return stack;
}

/** Runs `fn`, which repeats or differentiates what was called at `origin`. */
export function withOrigin<T>(origin: string | undefined, fn: () => T): T {
  if (origin === undefined) return fn();
  const outer = replayed;
  replayed = origin;
  try {
    return fn();
  } finally {
    replayed = outer;
  }
}

/** In this repository packages lie side by side; installed, they are in folders of the scope. */
const here = import.meta.url.replace(/[^/]+\/[^/]+\/[^/]+$/, "");

/** The innermost line of a stack trace outside Tapegrad's packages. */
function callerLine(stack: string): string {
  const places = stack
    .split("\n")
    .flatMap(
      (line) =>
        /\(?((?:file|https?):\/\/[^)]+|\/[^)]+|[A-Za-z]:\\[^)]+):(\d+:\d+)\)?$/.exec(line)?.slice(1, 3).join(":") ?? [],
    );
  const outside = places.find((place) => !isOurs(place));
  return outside?.replace(/^file:\/\//, "") ?? "an unknown line";
}

function isOurs(place: string): boolean {
  const url = place.startsWith("/") ? `file://${place}` : place;
  if (/node_modules\/(@tapegrad|tapegrad)\//.test(url)) return true;
  return url.startsWith(here) && /^[^/]+\/(src|dist)\//.test(url.slice(here.length));
}
