/** That all ranks take part in the same operation with the same types, checked before any data move. */
import { ShapeError } from "@tapegrad/core";
import { allGather } from "./collectives.ts";
import type { Transport } from "./transport.ts";

const longestText = 200;

/**
 * @throws ShapeError, on every rank and naming two that differ, unless all come with the same `text`, such as `sum of float32 [2,3]`.
 */
export function agree(transport: Transport, op: string, text: string): void {
  const { rank, size } = transport;
  if (size === 1) return;
  const own = hashOf(text);
  const hashes = new Int32Array(size);
  hashes[rank] = own;
  allGather(transport, pieces(new Uint8Array(hashes.buffer), size));
  if (hashes.every((hash) => hash === own)) return;
  const texts = new Uint8Array(size * longestText);
  new TextEncoder().encodeInto(text, texts.subarray(rank * longestText, (rank + 1) * longestText));
  allGather(transport, pieces(texts, size));
  const all = pieces(texts, size).map((bytes) => new TextDecoder().decode(bytes).replaceAll("\0", ""));
  const other = all.findIndex((each) => each !== all[0]);
  throw new ShapeError(
    op,
    `ranks do not agree: rank 0 came with ${all[0]}, rank ${other} with ${all[other]}`,
    "let all ranks call the same operations in the same order, with the same shapes",
  );
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const each = bytes.length / size;
  return Array.from({ length: size }, (_, rank) => bytes.subarray(rank * each, (rank + 1) * each));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
