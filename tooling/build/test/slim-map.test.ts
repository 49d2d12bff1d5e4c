import { SourceMap } from "node:module";
import { build } from "rolldown";
import { describe, expect, it } from "vitest";
import { slimMap } from "../src/slim-map.ts";

const source = `/** A comment
 * of two lines. */
import type {
  Anything, // of another file
} from "./anything.ts";
export function first(x: number): number { // at the end
  return x + /* between */ second("// no comment");
}

export function second(text: string): number {
  return [text]
    .map((part) => part.length)
    .reduce((a, b) => a + b);
}
`;

async function built(): Promise<{ readonly code: string; readonly map: string }> {
  const plugin = {
    name: "text",
    resolveId: (id: string) => id,
    load: () => ({ code: source, moduleType: "ts" as const }),
  };
  const minify = { compress: false, mangle: true, codegen: { removeWhitespace: true } };
  const { output } = await build({
    input: "/text.ts",
    plugins: [plugin],
    write: false,
    output: { sourcemap: true, minify },
  });
  const [{ code, map }] = output;
  return { code, map: JSON.stringify(map) };
}

describe("a slim map", () => {
  it("has the line of everything", async () => {
    const { code, map } = await built();
    const slim = new SourceMap(JSON.parse(slimMap(map)));
    const lineOf = (text: string) => {
      const at = code.indexOf(text);
      const before = code.slice(0, at).split("\n");
      const entry = slim.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
      return "originalLine" in entry ? entry.originalLine + 1 : undefined;
    };
    expect(["length", "reduce", "no comment"].map(lineOf)).toEqual([12, 13, 7]);
  });

  it("is smaller, and has the sources without comments and imports, each line where it was", async () => {
    const { map } = await built();
    const slim = JSON.parse(slimMap(map));
    expect(slim.mappings.length).toBeLessThan(JSON.parse(map).mappings.length / 2);
    const lines = source.split("\n");
    expect(slim.sourcesContent[0].split("\n")).toEqual([
      ...["", "", "", "", ""],
      "export function first(x: number): number {",
      lines[6]?.replace("/* between */", "             "),
      ...lines.slice(7),
    ]);
  });
});
