/** The type of a script that is bundled as one text with all its imports, for places where nothing can be loaded. */
declare module "*?bundle" {
  export const script: string;
}
