/**
 * Turns a cell's source, which is a module, into a script with the same lines, which can be evaluated where nothing can be
 * imported.
 */
import { TapegradError } from "tapegrad";

export interface Script {
  readonly code: string;
  /** The expression for what the module exports. */
  readonly result: string;
}

const name = String.raw`[\p{ID_Start}$_][\p{ID_Continue}$]*`;
const importLines = /^[ \t]*import\s*\{([^}]*)\}\s*from\s*["']([^"']*)["']/gm;
const topClasses = new RegExp(`^(?:export\\s+(?:default\\s+)?)?class\\s+(${name})`, "gmu");
const defaultDeclaration = new RegExp(`^export\\s+default\\s+(?=(?:class|function)\\s+(${name}))`, "mu");

/** `export default` gives the result, and without it the last class. @throws TapegradError for an import from elsewhere. */
export function scriptOf(source: string): Script {
  const lastClass = [...source.matchAll(topClasses)].at(-1)?.[1];
  const declared = defaultDeclaration.exec(source)?.[1];
  const code = source
    .replace(importLines, (_, names: string, from: string) => {
      if (from !== "tapegrad")
        throw new TapegradError("own cell", `"${from}" cannot be imported here`, 'import from "tapegrad"');
      return `const {${names.replaceAll(/\sas\s/g, ": ")}} = $tapegrad`;
    })
    .replace(defaultDeclaration, "")
    .replace(/^export\s+default\s+/m, "$$cell = ")
    .replaceAll(/^export\s+(?=class|const|let|function)/gm, "");
  return { code, result: declared ?? `$cell ?? ${lastClass ?? "undefined"}` };
}
