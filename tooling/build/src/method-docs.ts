/**
 * Gives methods the docstrings of the ops that they call. The type of the methods is a mapped type over the ops, which keeps no
 * docstrings; in declarations that are published, an interface with the same members has them.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "rolldown";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const inheritance = "extends Methods {";

export function methodDocs(): Plugin {
  return {
    name: "method-docs",
    renderChunk: (code) => (code.includes(inheritance) ? withMethodDocs(code) : undefined),
  };
}

/** `code`, in which Tensor and Parameter inherit `Methods`, with docstrings for these. */
export function withMethodDocs(code: string): string {
  const docs = docsIn(["ops/src/**/*.ts"]);
  const members = namesOfMethods().map((name) => `${docs.get(name) ?? ""}  readonly ${name}: Methods["${name}"];\n`);
  return `${code.replaceAll(inheritance, "extends DocumentedMethods {")}
interface DocumentedMethods ${inheritance}
${members.join("")}}
`;
}

function namesOfMethods(): string[] {
  const source = readFileSync(join(packages, "tapegrad/src/methods.ts"), "utf8");
  const oneByOne = Array.from(source.matchAll(/^ {2}(\w+): ops\.\1,$/gm), ([, name = ""]) => name);
  const files = Array.from(source.matchAll(/^ {2}\.\.\.(\w+),$/gm), ([, file = ""]) => `ops/src/*/${file}.ts`);
  return [...oneByOne, ...docsIn(files).keys()].sort();
}

/** The docstrings of functions in `files`, by name; without examples, which call the function. */
function docsIn(files: readonly string[]): Map<string, string> {
  const paths = globSync(files.map((file) => join(packages, file)));
  const sources = paths.map((path) => readFileSync(path, "utf8"));
  const documented = sources.flatMap((source) => [
    ...source.matchAll(/(\/\*\*(?:(?!\*\/).)*\*\/)\nexport (?:const|function) (\w+)/gs),
  ]);
  const withoutExamples = (comment: string) => comment.replaceAll(/\n \* @example.*?(?=\n \* @|\n \*\/)/gs, "");
  return new Map(documented.map(([, comment = "", name = ""]) => [name, `  ${withoutExamples(comment)}\n`]));
}
