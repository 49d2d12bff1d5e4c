/** The range of bytes that a value covers, as bounds for every round of the loops around it. */
import type { MemoryValue, Storage } from "@tapegrad/compiler";
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import { bytesOf } from "../program/target.ts";

export interface ByteRange {
  /** What the addresses are relative to: the arena, or a storage outside it, which meets nothing else. */
  readonly region: Storage | undefined;
  /** All of the storage. */
  readonly storageFrom: number;
  readonly storageTo: number;
  /** Where the value begins and ends where all loops are at 0. */
  readonly from: number;
  readonly to: number;
  /** Loops move the value by multiples of so many bytes; 0 if they do not move it. */
  readonly period: number;
}

/** `placeOf` says where in the arena a storage lies, if it does. Undefined for a value without elements. */
export function byteRangeOf(
  { address, shape, strides, dtype }: MemoryValue,
  placeOf: (storage: Storage) => number | undefined,
): ByteRange | undefined {
  if (sizeOf(shape) === 0) return undefined;
  const { storage, offset, terms } = address;
  const place = placeOf(storage);
  const bytes = bytesPerElement(dtype);
  const reach = shape.map((length, axis) => (strides[axis] ?? 0) * (length - 1) * bytes);
  const total = (sign: number) => reach.reduce((sum, distance) => sum + (distance * sign > 0 ? distance : 0), 0);
  const storageFrom = place ?? 0;
  const start = storageFrom + offset * bytes;
  return {
    region: place === undefined ? storage : undefined,
    storageFrom,
    storageTo: storageFrom + bytesOf(storage),
    from: start + total(-1),
    to: start + total(1) + bytes,
    period: terms.reduce((divisor, term) => greatestCommonDivisor(divisor, Math.abs(term.elements) * bytes), 0),
  };
}

/** Whether the two can share a byte, whatever rounds the loops are in. */
export function overlap(a: ByteRange, b: ByteRange): boolean {
  if (!mayMeet(a, b)) return false;
  const period = greatestCommonDivisor(a.period, b.period);
  if (period === 0) return a.from < b.to && b.from < a.to;
  const distance = (((b.from - a.from) % period) + period) % period;
  return distance < a.to - a.from || distance + (b.to - b.from) > period;
}

/** The same, if the loops are in the same rounds for both: for values whose addresses move alike. */
export function overlapInSameRounds(a: ByteRange, b: ByteRange): boolean {
  return mayMeet(a, b) && a.from < b.to && b.from < a.to;
}

/** Whether the storages share bytes, which parts of equal values answer alike. */
export function mayMeet(a: ByteRange, b: ByteRange): boolean {
  return a.region === b.region && a.storageFrom < b.storageTo && b.storageFrom < a.storageTo;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
