/** Gaps in docstrings: every export needs a sentence, and every function and class of the umbrella an example that runs. */
import type { ExportedSymbol } from "./exported-symbols.ts";

/** The gaps, each with its place. */
export function gapsIn(symbols: readonly ExportedSymbol[]): string[] {
  return symbols.flatMap(({ entry, name, kind, place, text, tags }) => {
    const needsExample = entry === "tapegrad" && (kind === "class" || kind === "function");
    return [
      ...(/[\p{L}\p{N}]/u.test(text) ? [] : [`${place}: ${name} of ${entry} has no sentence`]),
      ...(needsExample && !tags.includes("example") ? [`${place}: ${name} of ${entry} has no @example`] : []),
    ];
  });
}
