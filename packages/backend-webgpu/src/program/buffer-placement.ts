/**
 * In which buffer every value of a Program lies: inputs and outputs in buffers of their own, everything else in the arena,
 * which is as many buffers as it takes. Where a kernel would need more buffers than a shader can bind, inputs and outputs are
 * copied into the arena before, or out of it after.
 */
import {
  type CopyStep,
  dense,
  isDense,
  type MemoryValue,
  planMemory,
  type Schedule,
  type Storage,
} from "@tapegrad/compiler";
import { sizeOf, UnsupportedError } from "@tapegrad/core";
import { internal } from "@tapegrad/core/internal";
import { bytesPerElement } from "../wgsl/element.ts";
import { spacedBytesOf } from "./target.ts";

export interface Limits {
  /** Buffers that a shader can bind. */
  readonly buffers: number;
  /** Bytes of one of them. */
  readonly bytes: number;
  /** Whether float32 values inside a Program are kept as float16. */
  readonly halves: boolean;
}

/** A storage's place: the number of a buffer, and elements from its beginning. */
export interface Place {
  readonly buffer: number;
  readonly base: number;
}

/** A part of the arena: buffers of elements of one width. */
export interface Region {
  /** Whether elements are float16, else words of 32 bits. */
  readonly isHalf: boolean;
  /** Of all its buffers together. */
  readonly bytes: number;
  /** How many buffers that is. */
  readonly segments: number;
}

export interface BufferPlacement {
  /** Copies into the arena before all other steps, and out of it after them. */
  readonly before: readonly CopyStep[];
  readonly after: readonly CopyStep[];
  /** Bytes of a buffer of the arena, unless it is the last of its region. */
  readonly segment: number;
  readonly regions: readonly Region[];
  /** The buffers: those of the regions, then the inputs', then the outputs'. */
  readonly inputs: number;
  readonly outputs: number;
  placeOf(storage: Storage): Place;
}

/**
 * Places the storages of a schedule. `together`: the values that one shader binds, for each shader.
 * @throws UnsupportedError for a value that no buffer can hold.
 */
export function placeBuffers(
  schedule: Schedule,
  together: readonly (readonly MemoryValue[])[],
  limits: Limits,
): BufferPlacement {
  const outside = outsideOf(schedule);
  const inside = mustMove(together, outside, limits.buffers);
  const [before, after]: [CopyStep[], CopyStep[]] = [[], []];
  const own = new Map<Storage, number>();
  const place = (value: MemoryValue, number: number, isInput: boolean) => {
    const { storage } = value.address;
    if (outside.get(storage) === number && !inside.has(storage)) {
      own.set(storage, number);
      return;
    }
    const other = dense(value);
    own.set(other.address.storage, number);
    if (isInput) before.push({ kind: "copy", from: other, to: value });
    else after.push({ kind: "copy", from: value, to: other });
  };
  const { inputs, outputs, steps } = schedule;
  for (const [i, value] of inputs.entries()) place(value, i, true);
  for (const [i, value] of outputs.entries()) place(value, inputs.length + i, false);

  const segment = limits.bytes - (limits.bytes % 256);
  const all = [...before, ...steps, ...after];
  const isHalfPlace = ({ dtype }: Storage) => limits.halves && dtype === "float32";
  const regions = (limits.halves ? [false, true] : [false]).map((isHalf) => {
    const width = isHalf ? 2 : bytesPerElement;
    const bytesOf = (storage: Storage) => spacedBytesOf(storage, width);
    const elsewhere = { has: (storage: Storage) => own.has(storage) || isHalfPlace(storage) !== isHalf };
    const { addresses, end } = planMemory(all, { inputs, outputs, elsewhere, bytesOf, segment });
    if ([...addresses.keys()].some((storage) => bytesOf(storage) > segment))
      throw new UnsupportedError("compile", "a value is larger than a buffer that this adapter can bind");
    return { isHalf, width, addresses, bytes: end, segments: Math.ceil(end / segment) };
  });
  const segments = regions.reduce((sum, region) => sum + region.segments, 0);
  return {
    before,
    after,
    segment,
    regions,
    inputs: inputs.length,
    outputs: outputs.length,
    placeOf: (storage) => {
      const number = own.get(storage);
      if (number !== undefined) return { buffer: segments + number, base: 0 };
      let before = 0;
      for (const region of regions) {
        const address = region.addresses.get(storage);
        if (address !== undefined)
          return { buffer: before + Math.floor(address / segment), base: (address % segment) / region.width };
        before += region.segments;
      }
      throw internal("a storage without a place");
    },
  };
}

/** Storages that are all of one input or output and of nothing else, by its number. */
function outsideOf({ inputs, outputs }: Schedule): Map<Storage, number> {
  const all = [...inputs, ...outputs];
  const found = new Map<Storage, number>();
  for (const [number, value] of all.entries()) {
    const { storage, terms, offset } = value.address;
    const sharers = all.filter(({ address }) => address.storage === storage).length;
    const isWhole = offset === 0 && terms.length === 0 && isDense(value) && storage.elements === sizeOf(value.shape);
    if (sharers === 1 && isWhole) found.set(storage, number);
  }
  return found;
}

/** Storages that cannot stay outside, because a kernel needs too many buffers: the smallest ones. */
function mustMove(
  together: readonly (readonly MemoryValue[])[],
  outside: ReadonlyMap<Storage, number>,
  buffers: number,
): Set<Storage> {
  const inside = new Set<Storage>();
  for (const values of together) {
    const used = new Set(values.map(({ address }) => address.storage));
    const candidates = [...used]
      .filter((storage) => outside.has(storage) && !inside.has(storage))
      .sort((a, b) => a.elements - b.elements);
    const isInArena = (storage: Storage) => !outside.has(storage) || inside.has(storage);
    while (candidates.length + Number([...used].some(isInArena)) > buffers) {
      const smallest = candidates.shift();
      if (smallest === undefined) break;
      inside.add(smallest);
    }
  }
  return inside;
}
