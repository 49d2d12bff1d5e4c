/** What a release checks, and how a CHANGELOG reads. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import changelog from "../src/changelog.ts";
import { faultsOf } from "../src/check-tarball.ts";
import { packagesOf } from "../src/packages.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it("publishes packages after those that they depend on", () => {
  const packages = packagesOf(root);
  const place = (name: string) => packages.findIndex((one) => one.name === name);
  expect(packages.length).toBeGreaterThan(10);
  for (const { name, dependencies = {} } of packages) {
    for (const other of Object.keys(dependencies)) {
      if (place(other) >= 0) expect(place(other), `${other} before ${name}`).toBeLessThan(place(name));
    }
  }
});

it("says what a tarball lacks", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tarball-"));
  try {
    mkdirSync(join(folder, "package/test"), { recursive: true });
    const manifest = { name: "broken", version: "1.0.0", dependencies: { other: "workspace:*" }, main: "./none.js" };
    writeFileSync(join(folder, "package/package.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "package/README.md"), "");
    writeFileSync(join(folder, "package/test/a.test.js"), "");
    execFileSync("tar", ["-czf", "broken.tgz", "package"], { cwd: folder });
    expect(await faultsOf(join(folder, "broken.tgz"))).toEqual([
      "lacks LICENSE",
      "lacks CHANGELOG.md",
      "lacks dist/index.js",
      "lacks dist/index.d.ts",
      "has test/a.test.js",
      "depends on a workspace",
      "CHANGELOG.md does not tell 1.0.0",
      expect.stringContaining("publint: "),
      "types: no types",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it("tells the first release by one text, and later ones by all changesets", async () => {
  const line = (id: string) => changelog.getReleaseLine({ id, summary: "One.\nTwo.", releases: [] }, "minor", null);
  const told = { first: await line("first-release"), other: await line("other") };
  // The text is there until the first release has read it.
  expect([
    { first: "One.\nTwo.", other: "" },
    { first: "- One.\n  Two.", other: "- One.\n  Two." },
  ]).toContainEqual(told);
});
