/** What the pages "Coming from …" call the equivalent of a foreign function exists, and takes the arguments that they give it. */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Equivalent, equivalentsOf, programOf } from "../src/equivalents.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const pages = globSync("apps/docs/coming-from/*.md", { cwd: root }).sort();

/** The pages say so before their tables. */
const variables = `
  declare const x: Tensor, y: Tensor, w: Tensor, a: Tensor, b: Tensor, mask: Tensor, i: Tensor, loss: Tensor;
  declare const p: Parameter, generator: Generator, tape: Tape, optimizer: Adam;
  declare const model: Sequential, cell: LSTMCell;
  declare const f: (x: Tensor) => Tensor;
`;

const packageNames = ["tapegrad", "@tapegrad/optim", "@tapegrad/conformance", "@tapegrad/safetensors"];

/** The compiler's complaints about equivalents, by their position in the list. */
async function complaintsAbout(equivalents: readonly Equivalent[]): Promise<Map<number, string>> {
  const packages: Record<string, readonly string[]> = {};
  for (const name of packageNames) packages[name] = Object.keys(await import(name));
  const program = programOf(equivalents, { packages, variables });
  const folder = mkdtempSync(join(tmpdir(), "equivalents-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "equivalents.mts"), program);
    const compilerOptions = {
      target: "es2023",
      lib: ["es2024", "esnext.disposable", "dom", "dom.iterable"],
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      customConditions: ["@tapegrad/source"],
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["equivalents.mts"] }));
    const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", folder, "--pretty", "false"], {
      encoding: "utf8",
    });
    const first = program.split("\n").findIndex((line) => line.startsWith("export async function equivalent0(")) + 1;
    return new Map(
      Array.from(stdout.matchAll(/equivalents\.mts\((\d+),\d+\): error (.*)/g), ([, line, message = ""]) => [
        Number(line) - first,
        message,
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("tables of equivalents", () => {
  const all = pages.flatMap((page) =>
    equivalentsOf(readFileSync(join(root, page), "utf8")).map((equivalent) => ({ page, ...equivalent })),
  );
  const planted = { page: "", line: 0, code: "tensor([1]).backward()" };
  let complaints: ReadonlyMap<number, string>;
  beforeAll(async () => {
    complaints = await complaintsAbout([...all, planted]);
  });

  it.each(pages)("of %s are long", (page) => {
    expect(all.filter((equivalent) => equivalent.page === page).length).toBeGreaterThan(60);
  });

  it("name what there is, with arguments that it takes", () => {
    const wrong = all.flatMap(({ page, line, code }, i) => {
      const complaint = complaints.get(i);
      return complaint === undefined ? [] : [`${page}:${line}: ${code}: ${complaint}`];
    });
    expect(wrong).toEqual([]);
  });

  it("would not pass with a name that there is not", () => expect(complaints.get(all.length)).toMatch("backward"));
});

describe("a table of equivalents", () => {
  it("has its code spans in the second column", () => {
    const page =
      "| PyTorch | Tapegrad | note |\n| -- | -- | -- |\n| `a \\| b` | `or(a, b)`, `a \\|\\| b` | `c` |\n\n`d`";
    expect(equivalentsOf(page)).toEqual([
      { line: 3, code: "or(a, b)" },
      { line: 3, code: "a || b" },
    ]);
    expect(equivalentsOf("| package | what |\n| -- | -- |\n| x | `y` |")).toEqual([]);
  });
});
