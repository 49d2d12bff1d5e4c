/** Checks, before any data move, that all ranks take part in the same operation with the same types. */
import { ShapeError } from "@tapegrad/core";
import type { Transport } from "../transport/transport.ts";
import { allGather, bytesOf, piecesOf } from "./collectives.ts";

const longestText = 200;

/**
 * @throws ShapeError, on every rank and naming two that differ, unless all come with the same `text`, such as `sum of float32 [2,3]`.
 */
export function agree(transport: Transport, op: string, text: string): void {
  const { rank, size } = transport;
  if (size === 1) return;
  if (isSameOnAll(transport, hashOf(text))) return;
  const texts = new Uint8Array(size * longestText);
  new TextEncoder().encodeInto(text, texts.subarray(rank * longestText, (rank + 1) * longestText));
  const pieces = piecesOf(texts, size);
  allGather(transport, pieces);
  const all = pieces.map((bytes) => new TextDecoder().decode(bytes).replaceAll("\0", ""));
  const other = all.findIndex((each) => each !== all[0]);
  throw new ShapeError(
    op,
    `ranks do not agree: rank 0 came with ${all[0]}, rank ${other} with ${all[other]}`,
    "let all ranks call the same operations in the same order, with the same shapes",
  );
}

/** The least and the greatest number of all ranks are one, found by dissemination in ⌈log₂ size⌉ rounds of 8 bytes. */
function isSameOnAll(transport: Transport, own: number): boolean {
  const { rank, size } = transport;
  const extremes = Int32Array.of(own, own);
  const theirs = new Int32Array(2);
  for (let distance = 1; distance < size; distance *= 2) {
    transport.exchange({
      to: { rank: (rank + distance) % size, bytes: bytesOf(extremes) },
      from: { rank: (rank - distance + size) % size, bytes: bytesOf(theirs) },
    });
    const [least = 0, greatest = 0, theirLeast = 0, theirGreatest = 0] = [...extremes, ...theirs];
    extremes.set([Math.min(least, theirLeast), Math.max(greatest, theirGreatest)]);
  }
  return extremes[0] === extremes[1];
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
