/**
 * The page's address as state: `place` is the text after `#` (and after `?`, for frames), at once. The address bar follows a
 * little later, because browsers limit how often it may change. Continuous changes replace the entry of the history; `visit`
 * adds one.
 */
import { type ReadonlySignal, signal } from "@preact/signals";

/** Names and values; undefined removes. */
export type PlaceChanges = Readonly<Record<string, string | undefined>>;

/** Milliseconds between two changes of the address: Safari refuses more than 100 in 30 seconds. */
const interval = 400;

/** Entries of the history carry the number of the link that they came from: going back within one changes the lens only. */
let world = worldOf(history.state) ?? 0;
let newestWorld = world;
/** What the address bar had when this page last read or wrote it: anything else is a link that was followed since. */
let known = location.hash;
let pending: ReturnType<typeof setTimeout> | undefined;

/** Whether the page was loaded again, or gone back to: the address is then one that this page wrote by itself. */
export const loadedAgain = worldOf(history.state) !== undefined;

const present = signal(parametersOfAddress());
const follows = signal(0);

/** `lens=train&cell=GRU…` */
export const place: ReadonlySignal<URLSearchParams> = present;

/** Grows when another link has been opened in this page: the run should then become what the link says. */
export const followed: ReadonlySignal<number> = follows;

/** Changes some names of the place, in the present entry of the history. */
export function change(changes: PlaceChanges): void {
  if (!update(changes)) return;
  pending ??= setTimeout(write, interval);
}

/** Changes some names of the place, as a new entry of the history. */
export function visit(changes: PlaceChanges): void {
  write();
  if (!update(changes)) return;
  history.pushState({ world }, "", hashOf(present.peek()));
  known = location.hash;
}

/** Opens a link that is written as `#…`, as if it had been clicked. */
export function open(hash: string): void {
  location.hash = hash;
}

export function hashOf(parameters: URLSearchParams): string {
  return `#${parameters}`;
}

for (const event of ["hashchange", "pagehide"]) addEventListener(event, write);

/** Takes in a link that was followed. The browser changes the address first, and tells of it some time later. */
function read(): void {
  if (location.hash === known) return;
  known = location.hash;
  const there = parametersOfAddress();
  const from = worldOf(history.state);
  if (from === world) {
    update({ lens: there.get("lens") ?? undefined });
    return;
  }
  newestWorld = Math.max(newestWorld, world);
  world = from ?? ++newestWorld;
  present.value = there;
  follows.value++;
}

function update(changes: PlaceChanges): boolean {
  const next = new URLSearchParams(present.peek());
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name);
    else next.set(name, value);
  }
  if (next.toString() === present.peek().toString()) return false;
  present.value = next;
  return true;
}

/** A link that was followed since is never overwritten: it is taken in first. */
function write(): void {
  clearTimeout(pending);
  pending = undefined;
  read();
  history.replaceState({ world }, "", hashOf(present.peek()));
  known = location.hash;
}

function worldOf(state: unknown): number | undefined {
  if (typeof state !== "object" || state === null || !("world" in state)) return undefined;
  return typeof state.world === "number" ? state.world : undefined;
}

/** What stands after `#` wins over what stands after `?`. */
function parametersOfAddress(): URLSearchParams {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) parameters.set(name, value);
  return parameters;
}
