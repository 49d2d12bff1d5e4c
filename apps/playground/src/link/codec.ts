/** Writes values into a link, and reads them. */

export interface Codec<T> {
  readonly encode: (value: T) => string;
  /** Undefined for what is no such value. */
  readonly decode: (text: string) => T | undefined;
}

export const texts: Codec<string> = { encode: (value) => value, decode: (text) => text };

export const numbers: Codec<number> = {
  encode: String,
  decode: (text) => {
    const value = Number(text);
    return text.trim() === "" || !Number.isFinite(value) ? undefined : value;
  },
};

/** From 0 on. */
export const counts: Codec<number> = {
  encode: String,
  decode: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
};

export const flags: Codec<boolean> = {
  encode: (value) => (value ? "1" : "0"),
  decode: (text) => (text === "1" || text === "0" ? text === "1" : undefined),
};

export function oneOf<const T extends string>(values: readonly T[]): Codec<T> {
  return { encode: (value) => value, decode: (text) => values.find((value) => value === text) };
}

/** Separated by commas; one bad element makes the list a bad one. */
export function listOf<T>({ encode, decode }: Codec<T>): Codec<readonly T[]> {
  return {
    encode: (values) => values.map(encode).join(","),
    decode: (text) => {
      const values = text === "" ? [] : text.split(",").map(decode);
      const good = values.filter((value) => value !== undefined);
      return good.length === values.length ? good : undefined;
    },
  };
}
