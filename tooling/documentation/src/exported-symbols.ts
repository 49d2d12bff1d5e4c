/** The exports of the packages and their docstrings, read from the declarations. */
import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "./workspace-copy.ts";

export interface ExportedSymbol {
  /** As users import it: `tapegrad`, `@tapegrad/ops/samples`. */
  readonly entry: string;
  readonly name: string;
  readonly kind: "class" | "function" | "type" | "value" | "namespace" | "member";
  /** Where it is declared, `file:line`. */
  readonly place: string;
  /** The docstring's text without its tags. */
  readonly text: string;
  readonly tags: readonly string[];
}

/** A module that users import: its name, and the file of its source. */
export interface EntryPoint {
  readonly entry: string;
  readonly file: string;
}

/**
 * The exports of the entry points, and what is reached through them: the public members of classes, which are named
 * `Tensor.shape`, and the exports of namespaces, `schedules.cosine`.
 */
export function exportedSymbols(entries: readonly EntryPoint[] = entryPoints()): ExportedSymbol[] {
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    {
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ["@tapegrad/source"],
      allowImportingTsExtensions: true,
      noEmit: true,
      strict: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  return entries.flatMap(({ entry, file }) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} is no module`);
    return exportsOf(checker, entry, module);
  });
}

function exportsOf(checker: ts.TypeChecker, entry: string, module: ts.Symbol, prefix = ""): ExportedSymbol[] {
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const described = describe(checker, entry, prefix + exported.name, symbol);
    if (described.kind === "namespace") {
      return [{ ...described, text: textBefore(exported) }, ...exportsOf(checker, entry, symbol, `${described.name}.`)];
    }
    return described.kind === "class" ? [described, ...membersOf(checker, described, symbol)] : [described];
  });
}

function entryPoints(): EntryPoint[] {
  return globSync("packages/*/package.json", { cwd: root }).flatMap((manifest) => {
    const folder = join(root, manifest, "..");
    const { name, exports }: { name: string; exports: Record<string, { "@tapegrad/source"?: string }> } = JSON.parse(
      ts.sys.readFile(join(root, manifest)) ?? "",
    );
    return Object.entries(exports).flatMap(([path, { "@tapegrad/source": source }]) =>
      source === undefined ? [] : [{ entry: join(name, path), file: join(folder, source) }],
    );
  });
}

function describe(checker: ts.TypeChecker, entry: string, name: string, symbol: ts.Symbol): ExportedSymbol {
  const [declaration] = symbol.declarations ?? [];
  const source = declaration?.getSourceFile();
  const line =
    declaration === undefined ? 0 : (source?.getLineAndCharacterOfPosition(declaration.getStart()).line ?? 0) + 1;
  return {
    entry,
    name,
    kind: kindOf(checker, symbol),
    place: `${source?.fileName.replace(root, "")}:${line}`,
    text: docstringOf(checker, symbol),
    tags: symbol.getJsDocTags(checker).map((tag) => tag.name),
  };
}

function docstringOf(checker: ts.TypeChecker, symbol: ts.Symbol): string {
  return ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();
}

/** The docstring of `export * as name`, which belongs to the statement. */
function textBefore({ declarations = [] }: ts.Symbol): string {
  const comments = declarations.flatMap(({ parent }) => ts.getJSDocCommentsAndTags(parent));
  return comments.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "").join("\n");
}

function kindOf(checker: ts.TypeChecker, symbol: ts.Symbol): ExportedSymbol["kind"] {
  if (symbol.flags & ts.SymbolFlags.ValueModule) return "namespace";
  if (symbol.flags & ts.SymbolFlags.Class) return "class";
  if (symbol.flags & ts.SymbolFlags.Function) return "function";
  if (!(symbol.flags & ts.SymbolFlags.Variable)) return "type";
  const [declaration] = symbol.declarations ?? [];
  const type = declaration && checker.getTypeOfSymbolAtLocation(symbol, declaration);
  return type !== undefined && type.getCallSignatures().length > 0 ? "function" : "value";
}

/** Members that a class declares itself and that are neither private, nor internal, nor named by a symbol. */
function membersOf(checker: ts.TypeChecker, { entry, name }: ExportedSymbol, symbol: ts.Symbol): ExportedSymbol[] {
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])]
    .filter(({ name: member, declarations = [] }) => {
      const [declaration] = declarations;
      if (declaration === undefined || member.startsWith("__") || member === "prototype") return false;
      if (ts.isConstructorDeclaration(declaration) || !ts.isClassElement(declaration)) return false;
      return (
        !(ts.getCombinedModifierFlags(declaration) & hidden) && !ts.isPrivateIdentifier(declaration.name ?? declaration)
      );
    })
    .map((member) => ({ ...describe(checker, entry, `${name}.${member.name}`, member), kind: "member" as const }));
}
