/** The free parts of an arena. First fit takes from them, in time that grows only with their number. */

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** At first everything from `start` on. */
export class Gaps {
  /** In their order, none beside another; the last one has no end. */
  readonly #gaps: Gap[];

  constructor(start: number) {
    this.#gaps = [{ from: start, to: Number.POSITIVE_INFINITY }];
  }

  /** The first address from which `size` bytes are free; `within` moves an address on to where they may begin. */
  take(size: number, within: (from: number) => number): number {
    const at = this.#gaps.findIndex(({ from, to }) => to - within(from) >= size);
    const gap = this.#gaps[at];
    if (gap === undefined) throw new Error("internal: the arena's last gap has an end");
    const from = within(gap.from);
    const rest = [
      { from: gap.from, to: from },
      { from: from + size, to: gap.to },
    ].filter((part) => part.from < part.to);
    this.#gaps.splice(at, 1, ...rest);
    return from;
  }

  /** Bytes that were taken are free again. */
  give(from: number, to: number): void {
    if (from === to) return;
    const next = this.#firstFrom(to);
    const [before, after] = [this.#gaps[next - 1], this.#gaps[next]];
    const joinsBefore = before?.to === from;
    const joinsAfter = after?.from === to;
    this.#gaps.splice(next - Number(joinsBefore), Number(joinsBefore) + Number(joinsAfter), {
      from: joinsBefore ? before.from : from,
      to: joinsAfter ? after.to : to,
    });
  }

  /** The index of the first gap that begins at `address` or after it. */
  #firstFrom(address: number): number {
    let [low, high] = [0, this.#gaps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#gaps[middle]?.from ?? Number.POSITIVE_INFINITY) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
