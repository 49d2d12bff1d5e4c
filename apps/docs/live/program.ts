/** A live example's module, made ready for the browser: imports lead to the site's own files, and errors to its lines. */
import { type Import, parse } from "es-module-lexer/js";

const ours = /^(?:tapegrad|@tapegrad\/[\w/-]+)$/;

/** The module with every import of the library replaced by the file that `addressOf` names, lines kept. @throws Error for others */
export function resolveImports(code: string, addressOf: (name: string) => string): string {
  const [imports] = parse(code);
  const parts: string[] = [];
  let done = 0;
  for (const one of imports) {
    if (one.type === "import-meta") continue;
    const name = nameIn(one, code);
    if (!ours.test(name))
      throw new Error(`import of "${name}": examples in this page import only tapegrad and @tapegrad/*`);
    parts.push(code.slice(done, one.start), `${quoteIn(one)}${addressOf(name)}${quoteIn(one)}`);
    done = one.end;
  }
  return [...parts, code.slice(done)].join("");
}

function nameIn({ specifier, start, end }: Exclude<Import, { type: "import-meta" }>, code: string): string {
  return specifier ?? code.slice(start, end);
}

/** The place of a static import is inside its quotes; of a dynamic one it is the whole expression. */
function quoteIn({ type }: Import): string {
  return type === "dynamic" ? '"' : "";
}

/** The line of the module at `address` that an error's stack names first. */
export function lineIn(stack: string, address: string): number | undefined {
  const at = stack.indexOf(address);
  const line = at < 0 ? undefined : /^:(\d+)/.exec(stack.slice(at + address.length))?.[1];
  return line === undefined ? undefined : Number(line);
}
