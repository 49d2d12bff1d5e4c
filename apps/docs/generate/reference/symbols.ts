/** The list of the reference's pages, `reference/symbols.json`: what the generator writes, and the sidebar and code spans read. */

export interface SymbolEntry {
  readonly name: string;
  /** The folder of its package. */
  readonly folder: string;
  readonly category: string;
  /** What TypeDoc calls it: Class, Function, Variable, Interface, TypeAlias. */
  readonly kind: string;
  /** Its page without ending, relative to `reference/`. */
  readonly page: string;
  /** Whether `import { … } from "tapegrad"` gives it. */
  readonly umbrella: boolean;
}
