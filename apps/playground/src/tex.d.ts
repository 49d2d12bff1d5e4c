/** A `.tex` file is imported as MathML; see `vite.config.ts`. */
declare module "*.tex" {
  export const mathml: string;
}
