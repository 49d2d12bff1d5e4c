/** What is read as an example, and what it promises. */
import { describe, expect, it } from "vitest";
import { brokenPromise, docstringExamplesOf, examplesOf, fencesOf } from "../src/example.ts";
import { programsOf } from "../src/programs.ts";

const lines = (...text: string[]) => text.join("\n");

describe("an example", () => {
  it("is a ts block, with its line, words and promises", () => {
    const page = lines(
      "text",
      "```ts live",
      "a(); // → 1.5 (of 3)",
      "// → loss …, done",
      "```",
      "```sh",
      "c # → no",
      "```",
    );
    expect(examplesOf(page)).toEqual([
      {
        code: "a(); // → 1.5 (of 3)\n// → loss …, done\n",
        promises: ["1.5 (of 3)", "loss …, done"],
        line: 3,
        words: ["live"],
      },
    ]);
  });

  it("may stand in a list, in a longer fence, and beside marks of the site's", () => {
    const page = lines("- a", "  ```ts {1,2} [Node]", "  f({", "    x,", "  });", "  ```", "````ts", "```", "````");
    expect(fencesOf(page)).toEqual([
      { language: "ts", words: [], code: "f({\n  x,\n});\n", line: 3 },
      { language: "ts", words: [], code: "```\n", line: 8 },
    ]);
  });

  it("of a docstring is what follows @example, as far as the next tag", () => {
    const source = lines(
      "const a = 1;",
      "/**",
      " * One.",
      " *",
      " * @example",
      " * one(); // → 1",
      " *",
      " * two();",
      " * @throws never",
      " * @example",
      " * ```ts check",
      " * three();",
      " * ```",
      " */",
      "export const one = 1;",
      "/** Four. */",
    );
    expect(docstringExamplesOf(source).map(({ code, line, words }) => [code, line, words])).toEqual([
      ["one(); // → 1\n\ntwo();\n", 6, []],
      ["three();\n", 12, ["check"]],
    ]);
  });
});

describe("a promise", () => {
  const difference = (promises: string[], output: string) => brokenPromise({ promises }, output);

  it("is kept by the whole line, an ellipsis standing for anything in it", () => {
    expect(difference(["1.5 (of 3)", "loss …, done"], "  1.5 (of 3)\n\nloss 0.3, done\n")).toBeUndefined();
    expect(difference(["1.5"], "1.55\n")).toBe("promised “1.5”, printed “1.55”");
    expect(difference(["1.5"], "1x5\n")).toBe("promised “1.5”, printed “1x5”");
    expect(difference(["loss …, done"], "loss 0.3\n, done\n")).toBe("promised “loss …, done”, printed “loss 0.3”");
  });

  it("is kept in order, and every line has one", () => {
    expect(difference(["a", "b"], "b\na\n")).toBe("promised “a”, printed “b”");
    expect(difference(["a", "b"], "a\n")).toBe("promised “b”, printed nothing more");
    expect(difference(["a"], "a\nb\n")).toBe("printed “b”, which no comment promises");
    expect(difference([], "a\n")).toBe("printed “a”, which no comment promises");
  });

  it("that is only an ellipsis stands for any number of lines", () => {
    expect(difference(["a", "…", "d"], "a\nb\nc\nd\n")).toBeUndefined();
    expect(difference(["a", "…"], "a\n")).toBeUndefined();
    expect(difference(["a", "…", "d"], "a\nb\n")).toBe("promised “d”, printed “b”");
    expect(difference(["a", "…", "b"], "a\nb\nc\n")).toBe("printed “c”, which no comment promises");
  });
});

describe("a program", () => {
  const of = (...text: string[]) => programsOf({ file: "page.md", text: lines(...text) });

  it("goes on in the blocks that continue it, each line where the page has it", () => {
    const { programs, problems } = of(
      "```ts",
      "a;",
      "```",
      "and",
      "```ts continues",
      "b; // → 1",
      "```",
      "```ts",
      "c;",
      "```",
    );
    expect(problems).toEqual([]);
    expect(programs).toEqual([
      { file: "page.md", line: 2, code: "\na;\n\n\n\nb; // → 1\n", promises: ["1"], runs: true },
      { file: "page.md", line: 9, code: "\n\n\n\n\n\n\n\nc;\n", promises: [], runs: true },
    ]);
  });

  it.each<[string, string[]]>([
    ["ts continues: the page has no block before", ["```ts continues", "a;", "```"]],
    ["ts continue: the words after ts are continues, live, check", ["```ts continue", "a;", "```"]],
    ["ts live: has type annotations, and a page runs JavaScript", ["```ts live", "let a: number;", "```"]],
    [
      'ts live: imports "node:fs", and a page has only tapegrad and @tapegrad/*',
      ["```ts live", 'import fs from "node:fs";', "```"],
    ],
    [
      "js: examples of the library are ts blocks, so that they are run",
      ["```js", 'import { add } from "tapegrad";', "```"],
    ],
    ["typescript: examples of the library are ts blocks, so that they are run", ["```typescript", "a;", "```"]],
  ])("is not there: %s", (message, text) => {
    expect(of(...text).problems).toEqual([{ file: "page.md", line: 2, message }]);
  });

  it("for other libraries, or for reading, is left alone", () => {
    expect(of("```js", 'import * as tf from "@tensorflow/tfjs";', "```", "```text", "a;", "```").problems).toEqual([]);
  });
});
