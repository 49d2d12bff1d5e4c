/**
 * Which pages of its operands a kernel sees at a time. Where a shader can bind all of them, that is one pass. Otherwise the kernel
 * runs several times: each pass computes what it can read completely, and writes what lies in the pages of the result that it sees.
 */
import { sizeOf, UnsupportedError } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { MergedAxes } from "../wgsl/strides.ts";
import type { KernelCall } from "./kernel.ts";

/** Consecutive pages of one operand. */
export interface Window {
  readonly first: number;
  readonly pages: number;
}

/** How a kernel reads and writes. */
export type Reach = Pick<KernelCall, "follows" | "isInPlace" | "isPointwise" | "op" | "reads">;

/** What a shader binds: at most so many buffers, and elements of a page. */
export interface Bindable {
  readonly buffers: number;
  readonly length: number;
}

/** Operands that are seen through windows of the same pages. */
interface Group {
  readonly operands: readonly number[];
  readonly pages: number;
  /** Pages of a window. */
  width: number;
}

/**
 * The windows of each pass, by operand: the inputs, then the result. `pages` are theirs.
 * @throws UnsupportedError where the pages that the kernel has to see together are more.
 */
export function passesOf(
  pages: readonly number[],
  reach: Reach,
  { buffers: available, length }: Bindable,
): readonly (readonly Window[])[] {
  const groups = groupsOf(pages, reach);
  const bound = () => groups.reduce((sum, { operands, width }) => sum + operands.length * width, 0);
  if (bound() > available) {
    throw new UnsupportedError(
      reach.op,
      `its operands and result lie in ${pages.join(" + ")} buffers, of which it needs ${bound()} at once, more than this adapter can bind (${bound()} > ${available})`,
      "split the operands, or use another adapter or backend",
    );
  }
  const passesThrough = ({ pages, width }: Group) => Math.ceil(pages / width);
  for (;;) {
    const left = available - bound();
    const widest = groups
      .filter(({ operands, pages, width }) => width < pages && operands.length <= left)
      .sort((a, b) => passesThrough(b) - passesThrough(a))[0];
    if (widest === undefined) break;
    widest.width++;
  }
  return combined(groups, pages.length, length, reach);
}

function groupsOf(pages: readonly number[], { isPointwise = false, isInPlace = false, follows = [] }: Reach): Group[] {
  const result = pages.length - 1;
  const together = pages.flatMap((_, k) => (k === result || follows.includes(k) ? [k] : []));
  const others = pages.flatMap((count, k) =>
    together.includes(k) ? [] : [{ operands: [k], pages: count, width: isPointwise ? 1 : count }],
  );
  const own = defined(pages[result], "result");
  return [{ operands: together, pages: own, width: isInPlace ? own : 1 }, ...others];
}

/** Every window of the result, with every window of the inputs from which it needs something. */
function combined(groups: readonly Group[], operands: number, length: number, { reads }: Reach): Window[][] {
  const isNeeded = (input: number, { first, pages }: Window, result: Window) => {
    if (input === operands - 1 || reads === undefined) return true;
    const [low, high] = reads(input, result.first * length, (result.first + result.pages) * length);
    return low < (first + pages) * length && high > first * length;
  };
  let passes: Window[][] = [new Array<Window>(operands).fill({ first: 0, pages: 0 })];
  for (const { operands: own, pages, width } of groups) {
    const windows = Array.from({ length: Math.ceil(pages / width) }, (_, i): Window => {
      const first = i * width;
      return { first, pages: Math.min(width, pages - first) };
    });
    passes = passes.flatMap((pass) =>
      windows
        .filter((window) => own.length > 1 || own.every((k) => isNeeded(k, window, defined(pass.at(-1), "result"))))
        .map((window) => pass.map((known, k) => (own.includes(k) ? window : known))),
    );
  }
  return passes;
}

/** The places, from the first to behind the last, that lie among those of positions `begin` to `end` of strided axes. */
export function placesOf(
  { lengths, strides }: MergedAxes,
  operand: number,
  begin: number,
  end: number,
): [number, number] {
  const own = defined(strides[operand], "strides");
  let [low, high] = [0, 0];
  let [first, last] = [begin, end - 1];
  let isWhole = false;
  let size = sizeOf(lengths);
  for (const [axis, length] of lengths.entries()) {
    size /= length;
    const stride = defined(own[axis], "stride");
    const from: number = isWhole ? 0 : Math.floor(first / size);
    const to: number = isWhole ? length - 1 : Math.floor(last / size);
    low += Math.min(from * stride, to * stride);
    high += Math.max(from * stride, to * stride);
    isWhole ||= from !== to;
    [first, last] = [first - from * size, last - to * size];
  }
  return [low, high + 1];
}
