/** The text in a file that a visitor chose or dropped. */

/** With line feeds alone; undefined for a file that is no text in UTF-8. */
export async function textOfFile(file: File): Promise<string | undefined> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    return text.includes("\0") ? undefined : text.replaceAll("\r\n", "\n");
  } catch {
    // Not UTF-8: the caller says so.
    return undefined;
  }
}
