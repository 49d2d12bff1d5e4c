/** An account of live buffers. It is kept only once somebody asks for it, because noticing collection costs time per buffer. */

/** What a backend holds, as `memory` reports it. */
export interface MemoryReport {
  readonly backend: string;
  /** Bytes of the buffers that were neither released nor collected. */
  readonly bytes: number;
  readonly buffers: number;
  /** In debug mode: bytes by the caller's source line, most first. */
  readonly allocations?: readonly { readonly origin: string; readonly bytes: number }[];
}

interface Entry {
  readonly bytes: number;
  readonly origin: string | undefined;
}

/** The buffers of a backend that were neither released nor collected. */
export class Ledger {
  /** Where the caller is; asked for every buffer, in debug mode. */
  origin: (() => string) | undefined;
  readonly #entries = new Set<Entry>();
  readonly #byBuffer = new WeakMap<object, Entry>();
  readonly #collected = new FinalizationRegistry<Entry>((entry) => this.#entries.delete(entry));

  /** Notes that `buffer` lives, and what it takes. */
  add(buffer: object, bytes: number): void {
    const entry = { bytes, origin: this.origin?.() };
    this.#entries.add(entry);
    this.#collected.register(buffer, entry, buffer);
    this.#byBuffer.set(buffer, entry);
  }

  /** Notes that `buffer` was released. */
  remove(buffer: object): void {
    const entry = this.#byBuffer.get(buffer);
    if (entry === undefined) return;
    this.#entries.delete(entry);
    this.#collected.unregister(buffer);
  }

  /** What lives now, on the backend of that name. */
  report(backend: string): MemoryReport {
    const bytes = sumOf(this.#entries);
    const report = { backend, bytes, buffers: this.#entries.size };
    return this.origin ? { ...report, allocations: this.#byOrigin() } : report;
  }

  #byOrigin(): { origin: string; bytes: number }[] {
    const groups = Map.groupBy(this.#entries, ({ origin }) => origin ?? "made before debug mode");
    return Array.from(groups, ([origin, entries]) => ({ origin, bytes: sumOf(entries) })).sort(
      (a, b) => b.bytes - a.bytes,
    );
  }
}

function sumOf(entries: Iterable<Entry>): number {
  let total = 0;
  for (const { bytes } of entries) total += bytes;
  return total;
}
