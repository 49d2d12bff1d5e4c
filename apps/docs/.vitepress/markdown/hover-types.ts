/**
 * What TypeScript says of each name in the site's `ts` blocks. All blocks are modules of one program: a program per block would check
 * the packages and the platform's types again each time, which takes a quarter of a second.
 */
import ts from "typescript";

/** A module: `code` is shown, `before` is what it continues. */
export interface Program {
  readonly before: string;
  readonly code: string;
}

/** A name in a program's `code`, from offset `start` to `end`. */
export interface Hover {
  readonly start: number;
  readonly end: number;
  /** Its declaration, as editors show it. */
  readonly type: string;
  /** The first paragraph of its docstring. */
  readonly docs: string;
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  skipLibCheck: true,
  types: [],
};

/** The hovers of each program, in their order. Packages are found from `root`, and what cannot be found has no types. */
export function hoversOf(programs: readonly Program[], root: string): Hover[][] {
  const files = new Map(programs.map(({ before, code }, i) => [`${root}block-${i}.ts`, before + code]));
  const service = ts.createLanguageService({
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: () => "1",
    getScriptSnapshot: (name) => {
      const text = files.get(name) ?? ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getCurrentDirectory: () => root,
    fileExists: (name) => files.has(name) || ts.sys.fileExists(name),
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    ...(ts.sys.realpath !== undefined && { realpath: ts.sys.realpath }),
  });
  const program = service.getProgram();
  if (program === undefined) throw new Error("internal: TypeScript made no program of the blocks");
  const types = new DeclaredTypes(service, program.getTypeChecker());
  const hovers = Array.from(files.keys(), (name, i) => {
    const source = program.getSourceFile(name);
    return source === undefined ? [] : hoversIn(source, types, programs[i]?.before.length ?? 0);
  });
  service.dispose();
  return hovers;
}

type Description = Pick<Hover, "type" | "docs">;

/** What names mean, asked once for each thing that is named: the blocks name the same exports again and again. */
class DeclaredTypes {
  readonly #known = new Map<ts.Symbol, Description | undefined>();
  readonly #service: ts.LanguageService;
  readonly #checker: ts.TypeChecker;

  constructor(service: ts.LanguageService, checker: ts.TypeChecker) {
    this.#service = service;
    this.#checker = checker;
  }

  of(node: ts.Identifier, source: ts.SourceFile): Description | undefined {
    const symbol = this.#symbolAt(node);
    if (symbol === undefined) return undefined;
    if (!this.#known.has(symbol)) this.#known.set(symbol, this.#ask(node, source));
    return this.#known.get(symbol);
  }

  /** The export that an import leads to, or the name's own symbol. */
  #symbolAt(node: ts.Identifier): ts.Symbol | undefined {
    const symbol = this.#checker.getSymbolAtLocation(node);
    const isImport = symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return isImport ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  #ask(node: ts.Identifier, source: ts.SourceFile): Description | undefined {
    const info = this.#service.getQuickInfoAtPosition(source.fileName, node.getStart(source));
    if (info === undefined) return undefined;
    const declaration = ts.displayPartsToString(info.displayParts);
    const [docs = ""] = ts.displayPartsToString(info.documentation).split(/\n\s*\n/);
    return {
      type: declaration.replace(/^\(alias\) /, "").replace(/\nimport .*$/, ""),
      docs: docs.replaceAll("\n", " "),
    };
  }
}

function hoversIn(source: ts.SourceFile, types: DeclaredTypes, offset: number): Hover[] {
  const hovers: Hover[] = [];
  const visit = (node: ts.Node): void => {
    if (node.end <= offset) return;
    const found = ts.isIdentifier(node) ? types.of(node, source) : undefined;
    if (found !== undefined) hovers.push({ start: node.getStart(source) - offset, end: node.end - offset, ...found });
    ts.forEachChild(node, visit);
  };
  visit(source);
  // Where code does not parse, names may overlap.
  return hovers.filter(({ start }, i) => start >= (hovers[i - 1]?.end ?? 0));
}
