/** What the pages "Coming from …" call the equivalent of a foreign function exists, and takes the arguments that they give it. */
import { globSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { describeProblem, readPages } from "../src/check-pages.ts";
import { checkTypes } from "../src/check-types.ts";
import { equivalentsOf, equivalentsProgram } from "../src/equivalents.ts";
import type { Page, Problem } from "../src/programs.ts";
import { root, workspaceCopy } from "../src/workspace-copy.ts";

/** What the pages say about their variables before their tables. */
const variables = `
  declare const x: Tensor, y: Tensor, w: Tensor, a: Tensor, b: Tensor, mask: Tensor, i: Tensor, loss: Tensor;
  declare const p: Parameter, generator: Generator, tape: Tape, optimizer: Adam;
  declare const model: Sequential, lstm: LSTM, cell: LSTMCell;
  declare const f: (x: Tensor) => Tensor;
`;

/** In the order in which a reader looks for a name. */
const packages = ["tapegrad", "@tapegrad/conformance", "@tapegrad/safetensors"];

/** Imports of all that the packages export. */
async function importsOfAll(): Promise<string> {
  const known = new Set<string>();
  const imports: string[] = [];
  for (const name of packages) {
    const fresh = Object.keys(await import(name)).filter((symbol) => !known.has(symbol));
    for (const symbol of fresh) known.add(symbol);
    imports.push(`import { ${fresh.join(", ")} } from "${name}";`);
  }
  return imports.join(" ");
}

const pages = readPages(globSync("apps/docs/coming-from/*.md", { cwd: root }).sort());

const wrong: Page = {
  file: "wrong.md",
  text: "| PyTorch | Tapegrad |\n| -- | -- |\n| `x` | `tensor([1])`, `tensor([1]).backward()` |",
};

describe("tables of equivalents", () => {
  let problems: readonly Problem[];
  beforeAll(async () => {
    using copy = workspaceCopy();
    const surroundings = (await importsOfAll()) + variables;
    const programs = [...pages, wrong].map((page) => copy.write(equivalentsProgram(page, surroundings)));
    problems = await checkTypes(copy, programs);
  });

  it.each(pages)("of $file are long", ({ text }) => expect(equivalentsOf(text).length).toBeGreaterThan(60));

  it("name what there is, with arguments that it takes", () => {
    expect(problems.filter(({ file }) => file !== wrong.file).map(describeProblem)).toEqual([]);
  });

  it("would not pass with a method that there is not", () => {
    const [problem, ...others] = problems.filter(({ file }) => file === wrong.file);
    expect(problem).toMatchObject({ line: 3, message: expect.stringContaining("backward") });
    expect(others).toEqual([]);
  });
});

describe("a table of equivalents", () => {
  it("has its code spans in the second column", () => {
    const head = "| PyTorch | Tapegrad | note |\n| -- | -- | -- |\n";
    expect(equivalentsOf(`${head}| \`a \\| b\` | \`or(a, b)\`, \`a \\|\\| b\` | \`c\` |\n\n\`d\``)).toEqual([
      { line: 3, code: "or(a, b)" },
      { line: 3, code: "a || b" },
    ]);
    expect(equivalentsOf("| package | what |\n| -- | -- |\n| x | `y` |")).toEqual([]);
  });
});
