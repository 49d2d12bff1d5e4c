/** Finds faults in a tarball that would be published. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

/** Bytes of the largest tarball that is still no accident. */
const largest = 500_000;
const needed = ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/index.js", "dist/index.d.ts"];
/** Where only the sources are, or what only this repository needs. */
const unwanted = /(^|\/)(test|node_modules|scripts)\/|\.test\.|tsconfig|tsbuildinfo|\.env|\.turbo/;

/** A worker's file is loaded by its address, as a script. */
const isOfModules = ({ path }: { readonly path: readonly string[] }): boolean => !path.includes("./worker.js");

export async function faultsOf(tarball: string): Promise<readonly string[]> {
  const bytes = new Uint8Array(readFileSync(tarball));
  const list = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" });
  const files = list
    .trim()
    .split("\n")
    .filter((file) => !file.endsWith("/"))
    .map((file) => file.replace(/^package\//, ""));
  const text = (file: string): string =>
    files.includes(file) ? execFileSync("tar", ["-xzOf", tarball, `package/${file}`], { encoding: "utf8" }) : "";
  const manifest: { version?: string } = JSON.parse(text("package.json"));
  const { messages, pkg = {} } = await publint({ pack: { tarball: bytes.buffer }, level: "warning" });
  const analysis = await checkPackage(createPackageFromTarballData(bytes), {
    // A worker is loaded by its address, and nobody imports it.
    excludeEntrypoints: ["./worker.js"],
  });
  const problems = "problems" in analysis ? analysis.problems.map(({ kind }) => kind) : ["no types"];
  return [
    ...needed.filter((file) => !files.includes(file)).map((file) => `lacks ${file}`),
    ...files.filter((file) => unwanted.test(file)).map((file) => `has ${file}`),
    ...(bytes.length > largest ? [`has ${bytes.length} bytes, more than ${largest}`] : []),
    ...(text("package.json").includes("workspace:") ? ["depends on a workspace"] : []),
    ...(text("CHANGELOG.md").includes(`## ${manifest.version}`)
      ? []
      : [`CHANGELOG.md does not tell ${manifest.version}`]),
    ...messages.filter(isOfModules).map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`),
    // Every Node that is supported can require an ES module.
    ...problems.filter((kind) => kind !== "CJSResolvesToESM").map((kind) => `types: ${kind}`),
  ];
}
