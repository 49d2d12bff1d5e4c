/** The README's example runs and prints what it promises. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { brokenPromise, examplesOf } from "../../../tooling/documentation/src/example.ts";
import { withoutAdapter } from "./adapter.ts";

const examples = examplesOf(readFileSync(new URL("../README.md", import.meta.url), "utf8"));

test("there is one", () => expect(examples.length).toBe(1));

test.skipIf(withoutAdapter).each(examples)("the README's example prints what it promises", (example) => {
  const folder = mkdtempSync(join(tmpdir(), "example-"));
  try {
    symlinkSync(fileURLToPath(new URL("../../../node_modules", import.meta.url)), join(folder, "node_modules"));
    writeFileSync(join(folder, "example.mts"), example.code);
    const findsTheAdapter = new URL("adapter.ts", import.meta.url).href;
    const parameters = ["--conditions=@tapegrad/source", `--import=${findsTheAdapter}`, "example.mts"];
    const output = execFileSync(process.execPath, parameters, { cwd: folder, encoding: "utf8" });
    expect(brokenPromise(example, output), output).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
