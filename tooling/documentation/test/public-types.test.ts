/** What TypeScript's users meet in public types: an option that is undefined is as if absent, and every type has a public name. */
import { globSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "../src/workspace-copy.ts";

const program = ts.createProgram(globSync(join(root, "packages/*/src/index.ts")), {
  target: ts.ScriptTarget.ES2023,
  lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
  module: ts.ModuleKind.NodeNext,
  customConditions: ["@tapegrad/source"],
  allowImportingTsExtensions: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  strict: true,
  types: [],
});
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
