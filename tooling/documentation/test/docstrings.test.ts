/** Every exported symbol has a sentence, and every function and class of the umbrella an example. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { type ExportedSymbol, exportedSymbols } from "../src/exported-symbols.ts";
import { gapsIn } from "../src/gaps.ts";

let symbols: ExportedSymbol[];

beforeAll(() => {
  symbols = exportedSymbols();
});

it("nothing is left out", () => expect(gapsIn(symbols)).toEqual([]));

it("all kinds of exports are counted", () => {
  const count = (kind: string, entry = "tapegrad") =>
    symbols.filter((symbol) => symbol.kind === kind && symbol.entry === entry).length;
  expect(count("class")).toBeGreaterThan(50);
  expect(count("function")).toBeGreaterThan(120);
  expect(count("member")).toBeGreaterThan(100);
  expect(count("type")).toBeGreaterThan(80);
  expect(new Set(symbols.map(({ entry }) => entry)).size).toBeGreaterThan(13);
  const names = symbols.filter(({ entry }) => entry === "tapegrad").map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(["tanh", "Tensor.shape", "Module.parameters", "schedules.cosine", "Shape"]),
  );
});

it("a gap of each kind is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "docstrings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  write("schedules.ts", "/** Up. */\nexport const up = () => 1;\n");
  const file = write(
    "index.ts",
    `
export function bare() {}
/** Has a sentence. */
export function half() {}
/**
 * Has both.
 * @example
 * whole();
 */
export function whole() {}
export type Size = number;
/** @example new Box(); */
export class Box {
  readonly size = 1;
  /** A sentence. */
  get half() { return 1; }
  #own = 2;
  private hidden = 3;
}
export const table = {};
export * as schedules from "./schedules.ts";
`,
  );
  const gaps = gapsIn(exportedSymbols([{ entry: "tapegrad", file }])).map((gap) => gap.replace(/.*?:\d+: /, ""));
  expect(gaps).toEqual([
    "bare of tapegrad has no sentence",
    "bare of tapegrad has no @example",
    "half of tapegrad has no @example",
    "Size of tapegrad has no sentence",
    "Box of tapegrad has no sentence",
    "Box.size of tapegrad has no sentence",
    "table of tapegrad has no sentence",
    "schedules of tapegrad has no sentence",
    "schedules.up of tapegrad has no @example",
  ]);
});
