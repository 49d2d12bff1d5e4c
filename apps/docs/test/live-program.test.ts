/** The module that a page makes of a live example. */
import { describe, expect, it } from "vitest";
import { join } from "../live/join.ts";
import { lineIn, resolveImports } from "../live/program.ts";

const address = (name: string): string => `https://site/live/${name}.js`;

describe("an example", () => {
  it("is joined to what it continues, and the reader's lines are counted from its own first", () => {
    expect(join(["const a = 1;\n", "const b = 2;"], "a + b;\n")).toEqual({
      code: "const a = 1;\nconst b = 2;\n__listen(); a + b;\n",
      before: 2,
    });
    expect(join([], "f();")).toEqual({ code: "__listen(); f();", before: 0 });
  });

  it.each([
    ['import { add } from "tapegrad";', 'import { add } from "https://site/live/tapegrad.js";'],
    ['export * from "@tapegrad/ops/samples";', 'export * from "https://site/live/@tapegrad/ops/samples.js";'],
    ["const a = await import('tapegrad'); a;", 'const a = await import("https://site/live/tapegrad.js"); a;'],
    ['"from tapegrad"; import.meta.url;', '"from tapegrad"; import.meta.url;'],
  ])("imports the site's files: %s", (code, resolved) => expect(resolveImports(code, address)).toBe(resolved));

  it.each(['import "https://elsewhere/x.js";', 'import("node:fs");', 'import x from "tapegrads";', "import(name);"])(
    "imports nothing else: %s",
    (code) => expect(() => resolveImports(code, address)).toThrow(/only tapegrad and @tapegrad/),
  );

  it("finds its lines in a stack", () => {
    expect(lineIn("Error: x\n    at f (blob:a/1:12:3)\n    at blob:a/1:20:1", "blob:a/1")).toBe(12);
    expect(lineIn("Error: x\n    at f (https://site/live/a.js:1:3)", "blob:a/1")).toBeUndefined();
  });
});
