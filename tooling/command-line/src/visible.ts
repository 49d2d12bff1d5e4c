/**
 * Text that is safe to print on a terminal: characters that would move the cursor, change colours or reverse lines become
 * visible.
 */

/** Line ends and tabs stay; other control characters become their pictures, `␛` for an escape. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, picture);
}

function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\n" || character === "\t") return character;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "␡" : "�";
}

/** Makes characters visible one by one: a carriage return waits for the next, with which it may end a line. */
export class VisibleCharacters {
  #waiting = "";

  add(character: string): string {
    const text = this.#waiting + character;
    this.#waiting = text.endsWith("\r") ? "\r" : "";
    return visible(this.#waiting === "" ? text : text.slice(0, -1));
  }

  end(): string {
    return visible(this.#waiting);
  }
}
