/** What TypeScript's users meet in public types: an option that is undefined is as if absent, and every type has a public name. */
import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "../src/workspace-copy.ts";

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  customConditions: ["@tapegrad/source"],
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  strict: true,
  types: [],
};
const program = ts.createProgram(globSync(join(root, "packages/*/src/index.ts")), options);
const checker = program.getTypeChecker();

interface Export {
  readonly name: string;
  readonly type: ts.Type;
}

/** Values of every package; `tapegrad` exports some of them again. */
function exportsOf(file: string): Export[] {
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  return (module === undefined ? [] : checker.getExportsOfModule(module)).flatMap((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    return symbol.flags & ts.SymbolFlags.Value && source !== undefined
      ? [{ name: exported.name, type: checker.getTypeOfSymbolAtLocation(symbol, source) }]
      : [];
  });
}

/** Of a function; of a class also those of its methods. */
function signaturesOf(type: ts.Type): ts.Signature[] {
  const made = type.getConstructSignatures();
  const methods = made.flatMap((signature) =>
    signature
      .getReturnType()
      .getProperties()
      .filter(({ declarations = [] }) => declarations.some(ts.isMethodDeclaration))
      .flatMap((method) => checker.getTypeOfSymbol(method).getCallSignatures()),
  );
  return [...type.getCallSignatures(), ...made, ...methods];
}

/** Whether the type that is written down has undefined, besides what the question mark says. */
function takesUndefined({ declarations = [] }: ts.Symbol): boolean {
  return declarations.every((declaration) => {
    if (!ts.isPropertySignature(declaration) || declaration.type === undefined) return true;
    const type = checker.getTypeFromTypeNode(declaration.type);
    const parts = type.isUnion() ? type.types : [type];
    return parts.some(({ flags }) => flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Unknown));
  });
}

test("every option may be undefined under exactOptionalPropertyTypes", () => {
  const wrong = new Set<string>();
  let count = 0;
  for (const file of program.getRootFileNames()) {
    for (const { name, type } of exportsOf(file)) {
      const parameters = signaturesOf(type).flatMap((signature) => signature.getParameters());
      for (const parameter of parameters) {
        const options = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
        const isOptions =
          parameter.name === "options" || /Options$/.test(options.aliasSymbol?.name ?? options.symbol?.name);
        if (!isOptions) continue;
        for (const property of options.getProperties()) {
          if (!(property.flags & ts.SymbolFlags.Optional)) continue;
          count++;
          if (!takesUndefined(property)) wrong.add(`${name}: ${property.name}`);
        }
      }
    }
  }
  expect([...wrong]).toEqual([]);
  expect(count).toBeGreaterThan(200);
});

test("whatever a library exports of what it made with the umbrella can be named by it", () => {
  const page = join(root, "page.ts");
  const umbrella = exportsOf(join(root, "packages/tapegrad/src/index.ts"));
  const lines = umbrella.flatMap(({ name, type }) => {
    if (type.getConstructSignatures().length > 0) return [`export const ${name} = members(made(tg.${name}));`];
    const whole = `export const ${name} = tg.${name};`;
    if (type.getCallSignatures().length === 0) return [whole];
    return [
      whole,
      `export const of_${name} = result(tg.${name});`,
      `export const to_${name} = (...inputs: Parameters<typeof tg.${name}>) => inputs;`,
    ];
  });
  const text = `import * as tg from "tapegrad";
declare function result<R>(f: (...inputs: never[]) => R): R;
declare function made<R>(type: abstract new (...inputs: never[]) => R): R;
declare function members<T>(of: T): { [K in keyof T as K extends string ? K : never]: T[K] };
${lines.filter((line) => !line.includes("const Tensor ")).join("\n")}
`;
  const emitting = { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true };
  const host = ts.createCompilerHost(emitting);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (file, ...rest) =>
    file === page ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2023) : getSourceFile(file, ...rest);
  host.fileExists = (file) => file === page || fileExists(file);
  host.resolveModuleNameLiterals = (literals, file, redirected, given) =>
    literals.map(({ text: name }) =>
      ts.resolveModuleName(
        name,
        file === page ? join(root, "apps/examples/src/main.ts") : file,
        given,
        host,
        undefined,
        redirected,
        ts.ModuleKind.ESNext,
      ),
    );
  const library = ts.createProgram([page], emitting, host);
  let emitted = "";
  const { diagnostics } = library.emit(library.getSourceFile(page), (_, content) => {
    emitted += content;
  });
  const messages = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
  expect([...new Set(messages)]).toEqual([]);
  expect([...new Set(emitted.match(/import\([^)]*\)\.\w+/g))]).toEqual([]);
  expect(emitted.length).toBeGreaterThan(10_000);
});
