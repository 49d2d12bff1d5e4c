/** Reads a text in pieces, so that a stated limit bounds its size, and not the longest string or the largest single read. */
import { open, stat } from "node:fs/promises";
import { CommandError, explainingFailures } from "@tapegrad/command-line";

/** Every byte may become a token of four bytes, so this takes 16 GiB of memory. */
export const mostTextBytes = 4 * 2 ** 30;

const pieceBytes = 2 ** 20;
const largePieceBytes = 2 ** 26;

export interface TextPiece {
  readonly text: string;
  /** Bytes read so far, and in all where that is known. */
  readonly done: number;
  readonly size: number | undefined;
}

/** The text in the file, without a byte order mark. @throws CommandError when it cannot be read, or is no UTF-8 text. */
export async function* readText(file: string): AsyncGenerator<TextPiece> {
  const what = `cannot read the text ${file}`;
  const found = await explainingFailures(what, () => stat(file));
  const size = found.isFile() ? found.size : undefined;
  const tooLarge = (bytes: string) =>
    new CommandError(`${what}: it is too large (${bytes}; at most ${formatBytes(mostTextBytes)})`);
  if (size !== undefined && size > mostTextBytes) throw tooLarge(formatBytes(size));
  checkMemory(what, 4 * (size ?? 0));
  await using handle = await explainingFailures(what, () => open(file, "r"));
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const buffer = new Uint8Array(pieceBytes);
  for (let done = 0; ; ) {
    const { bytesRead } = await explainingFailures(what, () => handle.read(buffer, 0, pieceBytes, null));
    const bytes = buffer.subarray(0, bytesRead);
    if (bytes.includes(0)) throw new CommandError(`${what}: ${describeNul(bytes, done)}`);
    if (done + bytesRead > mostTextBytes) throw tooLarge("it goes on");
    // What has no size has tokens in an array that is doubled when it is full.
    if (size === undefined && done % largePieceBytes < pieceBytes) checkMemory(what, 8 * done);
    const text = decode(decoder, bytes, done, what);
    done += bytesRead;
    if (text !== "") yield { text, done, size };
    if (bytesRead === 0) return;
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array, done: number, what: string): string {
  try {
    return bytes.length === 0 ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch (cause) {
    const mark = done === 0 ? `${bytes[0]},${bytes[1]}` : "";
    const hint = mark === "255,254" || mark === "254,255" ? `; it begins as UTF-16 does: ${conversion("UTF-16")}` : "";
    throw new CommandError(`${what}: it is not UTF-8${hint}`, { cause });
  }
}

const conversion = (from: string) => `convert it, as with iconv -f ${from} -t UTF-8`;

function describeNul(bytes: Uint8Array, done: number): string {
  const at = bytes.indexOf(0);
  const share = bytes.filter((byte) => byte === 0).length / bytes.length;
  if (share === 1) return "it has nothing but zero bytes; is it a text?";
  const encoding = share > 0.6 ? "UTF-32" : "UTF-16"; // Of four bytes at least two are zero there, of Latin letters three.
  const guess = share > 0.1 ? `it looks like ${encoding}: ${conversion(encoding)}` : "is it a text?";
  return `it has zero bytes, the first at byte ${done + at}; ${guess}`;
}

/** @throws CommandError when so much memory is not there. */
export function checkMemory(what: string, bytes: number): void {
  const available = process.availableMemory();
  if (bytes <= available) return;
  throw new CommandError(
    `${what}: that takes ${formatBytes(bytes)} of memory, and ${formatBytes(available)} are available`,
    { exitCode: 1 },
  );
}

/** 512 bytes, 1.5 MiB. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${units[power]}`;
}
