/** Files for tests, put together without the writer under test. */

/** A file of a header, as text or as a value to turn into JSON, and data bytes. */
export function fileOf(header: unknown, data: Iterable<number> = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  return Uint8Array.from([...lengthPrefix(BigInt(text.length)), ...text, ...data]);
}

/** The first eight bytes of a file. */
export function lengthPrefix(length: bigint): Uint8Array {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, length, true);
  return prefix;
}

/** A file whose only tensor is `a`. */
export function fileOfOne(dtype: string, shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  return fileOf({ a: { dtype, shape, data_offsets: [0, data.length] } }, Array.from(data));
}
