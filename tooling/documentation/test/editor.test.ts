/** What an editor shows: the members that it offers after a dot, and the docstrings of methods, which are those of their functions. */
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { withMethodDocs } from "../../build/src/method-docs.ts";
import { root } from "../src/workspace-copy.ts";

const methods = join(root, "packages/tapegrad/src/methods.ts");
const page = join(root, "packages/tapegrad/test/page.ts");

/** Of each class, an object; its members are asked for. */
const objects = {
  Tensor: "tensor(1)",
  Parameter: "new Parameter(1)",
  Generator: "new Generator(1)",
  Tape: "new Tape()",
  Linear: "new Linear(1, 1)",
  SGD: "new SGD([], { learningRate: 1 })",
};
const source = ts.sys.readFile(methods) ?? "";
const documented = withMethodDocs(source);
const names = Array.from(documented.matchAll(/^ {2}readonly (\w+): Methods\["\1"\];$/gm), ([, name = ""]) => name);
const text = `import * as tg from "tapegrad";
import { Generator, Linear, Parameter, SGD, Tape, tensor } from "tapegrad";
${Object.values(objects)
  .map((object) => `(${object}).;`)
  .join("\n")}
const x = tensor(1);
${names.map((name) => `x.${name};\ntg.${name};`).join("\n")}
`;

const overlay = new Map([
  [page, text],
  [methods, documented],
]);
const read = (file: string) => overlay.get(file) ?? ts.sys.readFile(file);
const service = ts.createLanguageService({
  ...ts.sys,
  useCaseSensitiveFileNames: () => true,
  getScriptFileNames: () => [page],
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) => {
    const content = read(file);
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
  },
  getCompilationSettings: () => ({
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2024.d.ts", "lib.esnext.disposable.d.ts"],
    module: ts.ModuleKind.NodeNext,
    customConditions: ["@tapegrad/source"],
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: [],
  }),
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  readFile: read,
  fileExists: (file) => overlay.has(file) || ts.sys.fileExists(file),
});

function offered(object: string): string[] {
  const at = text.indexOf(`(${object}).`) + `(${object}).`.length;
  return service.getCompletionsAtPosition(page, at, {})?.entries.map(({ name }) => name) ?? [];
}

function hover(expression: string): string {
  const at = text.indexOf(`${expression};`) + expression.length - 1;
  return ts.displayPartsToString(service.getQuickInfoAtPosition(page, at)?.documentation);
}

describe("an editor offers", () => {
  const isOp = new Set(names);

  test.each([
    [
      "Tensor",
      "backend data dataSync dispose dtype isSymbolic item itemSync rank shape size text to toArray toString variable",
    ],
    ["Parameter", "assign data dataSync dtype item itemSync name shape size text toString trainable value"],
    ["Generator", "bernoulli bits normal permutation state uniform"],
    ["Tape", "gradient nodes pullback record release"],
    [
      "Linear",
      "bias children eval forward loadStateDict namedModules namedParameters parameters stateDict train training weight",
    ],
    ["SGD", "dampening groups learningRate loadStateDict momentum nesterov parameters stateDict step steps"],
  ] as const)("members of %s", (name, members) => {
    const found = offered(objects[name]).filter((member) => !isOp.has(member));
    expect(found.sort().join(" ")).toBe(members);
  });
});

test("methods are documented as their functions are", () => {
  expect(hover("x.matmul")).not.toBe("");
  for (const name of names) expect([name, hover(`x.${name}`)]).toEqual([name, hover(`tg.${name}`)]);
});
