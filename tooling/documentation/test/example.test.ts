/** The examples of the documentation run from source and print what they promise. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { brokenPromise, type Example, examplesOf } from "../src/example.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs TypeScript with the workspace's packages, read from source, and returns what it printed. */
function runFromSource(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), "example-"));
  try {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "example.mts"), code);
    const parameters = ["--conditions=@tapegrad/source", "example.mts"];
    return execFileSync(process.execPath, parameters, { cwd: folder, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const files = [
  "README.md",
  "CONTRIBUTING.md",
  "packages/autodiff/README.md",
  "packages/nn/README.md",
  "packages/optim/README.md",
];

describe.each(files)("%s", (file) => {
  const examples = examplesOf(readFileSync(join(root, file), "utf8")).filter(({ promises }) => promises.length > 0);

  it("promises something", () => expect(examples.length).toBeGreaterThan(0));

  it.each(examples.map((example, i) => [i + 1, example] as const))(
    "example %d prints what it promises",
    (_, example) => {
      const output = runFromSource(example.code);
      expect(brokenPromise(example, output), output).toBeUndefined();
    },
  );
});

describe("a promise", () => {
  const [example = { code: "", promises: [] }]: Example[] = examplesOf(
    ["text", "```ts", "a(); // → 1.5 (of 3)", "b(); // → loss …, done", "```", "```sh", "c # → no", "```"].join("\n"),
  );

  it("is read from comments of ts blocks", () => {
    expect(example).toEqual({
      code: "a(); // → 1.5 (of 3)\nb(); // → loss …, done\n",
      promises: ["1.5 (of 3)", "loss …, done"],
    });
  });

  it("is kept in order, an ellipsis standing for anything in the line", () => {
    expect(brokenPromise(example, "1.5 (of 3)\nloss 0.3, done\n")).toBeUndefined();
    expect(brokenPromise(example, "loss 0.3, done\n1.5 (of 3)\n")).toBe("loss …, done");
    expect(brokenPromise(example, "1x5 (of 3)\nloss 0.3, done\n")).toBe("1.5 (of 3)");
    expect(brokenPromise(example, "1.5 (of 3)\nloss 0.3\n, done\n")).toBe("loss …, done");
  });
});
