/** The number of this machine's cores, and how many of them this process should use. */
let sharers = 1;

/** Says that so many processes or threads, of which this is one, compute side by side on this machine. */
export function shareCores(count: number): void {
  sharers = Math.max(sharers, count);
}

/** As many threads as this process should compute with at most: 1 where the platform does not say how many cores there are. */
export function ownCores(): number {
  // The one unchecked cast: not every platform has it, and not every platform's types are loaded here.
  const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };
  return Math.max(1, Math.floor((navigator?.hardwareConcurrency ?? 1) / sharers));
}
