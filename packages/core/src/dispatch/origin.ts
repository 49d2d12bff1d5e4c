/** The line of the caller's source that called an op. It costs a stack trace per op, so it is tracked only on request. */

/** `callerOrigin` while origins are tracked; a bundle in which no code tracks them does not contain it. */
let tracker: (() => string) | undefined;
let replayed: string | undefined;

/** Runs `fn` with origins tracked. */
export function trackOrigins<T>(fn: () => T): T {
  const outer = tracker;
  tracker = callerOrigin;
  try {
    return fn();
  } finally {
    tracker = outer;
  }
}

/** Whether origins are tracked now. */
export function tracksOrigins(): boolean {
  return tracker !== undefined;
}

/** The origin of what is happening now, `file:line:column`; undefined unless tracked. */
export function currentOrigin(): string | undefined {
  return tracker?.();
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

/** The innermost line of a stack trace outside Tapegrad's own code. The innermost line of all is one of this file. */
function callerLine(stack: string): string {
  const [own = "", ...callers] = stack.split("\n").flatMap((line) => placeOf(line) ?? []);
  const library = ownCode(own);
  const outside = callers.find((place) => !library.has(asUrl(place)))?.replace(/^file:\/\//, "");
  if (!library.isBundle) return outside ?? "an unknown line";
  // The bundle may hold the caller's code as well.
  const line = outside === undefined ? "an unknown line" : `${outside}, outside the bundle`;
  return `${line} (Tapegrad is bundled: run with source maps, or unbundled, to see the line itself)`;
}

/** `url:line:column` at the end of a line of a stack trace, in the form of any engine. */
function placeOf(line: string): string | undefined {
  return /(?:^|[\s(@])((?:[a-z][a-z+.-]*:\/\/|\/|[A-Za-z]:\\)[^()]*:\d+:\d+)\)?$/.exec(line)?.[1];
}

function asUrl(place: string): string {
  return place.startsWith("/") ? `file://${place}` : place;
}

/** Recognises Tapegrad's own files by the place of this file: no module may ask its platform for a place while it loads. */
function ownCode(own: string): { has(url: string): boolean; readonly isBundle: boolean } {
  const installed = /node_modules\/(@tapegrad|tapegrad)\//;
  const file = asUrl(own).replace(/(\?[^/]*)?:\d+:\d+$/, "");
  // In this repository packages lie side by side; installed, they are in folders of the scope. This one is `core`.
  const packages = /^(.*\/)core\/(?:src\/dispatch\/origin\.ts|dist\/internal\.js)$/.exec(file)?.[1];
  if (packages !== undefined) {
    const has = (url: string) =>
      installed.test(url) || (url.startsWith(packages) && /^[^/]+\/(src|dist)\//.test(url.slice(packages.length)));
    return { has, isBundle: false };
  }
  // A development server bundles what is installed into a folder of files that are all not the caller's.
  const folder = /^(.*\/node_modules\/.*\/)[^/]+$/.exec(file)?.[1];
  return { has: (url) => url.startsWith(folder ?? file), isBundle: folder === undefined };
}
