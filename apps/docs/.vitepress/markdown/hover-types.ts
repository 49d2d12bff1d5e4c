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
  const hovers = Array.from(files.keys(), (name, i) => {
    const source = program?.getSourceFile(name);
    const offset = programs[i]?.before.length ?? 0;
    return source === undefined ? [] : hoversIn(source, service, offset);
  });
  service.dispose();
  return hovers;
}

function hoversIn(source: ts.SourceFile, service: ts.LanguageService, offset: number): Hover[] {
  const hovers: Hover[] = [];
  const visit = (node: ts.Node): void => {
    if (node.end <= offset) return;
    if (ts.isIdentifier(node)) {
      const info = service.getQuickInfoAtPosition(source.fileName, node.getStart(source));
      if (info !== undefined) hovers.push(hoverOf(node, info, source, offset));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // Where code does not parse, names may overlap.
  return hovers.filter(({ start }, i) => start >= (hovers[i - 1]?.end ?? 0));
}

function hoverOf(node: ts.Identifier, info: ts.QuickInfo, source: ts.SourceFile, offset: number): Hover {
  const declaration = ts.displayPartsToString(info.displayParts);
  const [docs = ""] = ts.displayPartsToString(info.documentation).split(/\n\s*\n/);
  return {
    start: node.getStart(source) - offset,
    end: node.end - offset,
    type: declaration.replace(/^\(alias\) /, "").replace(/\nimport .*$/, ""),
    docs: docs.replaceAll("\n", " "),
  };
}
