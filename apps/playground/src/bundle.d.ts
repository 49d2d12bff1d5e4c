/** A script as one text with all that it imports, for where nothing can be loaded. */
declare module "*?bundle" {
  export const script: string;
}
