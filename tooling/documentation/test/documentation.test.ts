/** Every code block of the documentation has right types, runs, and prints what it promises. */
import { beforeAll, describe, expect, it } from "vitest";
import { checkPages, describeProblem, documentedFiles, type Findings, readPages } from "../src/check-pages.ts";
import { programsOf } from "../src/programs.ts";

const pages = readPages(documentedFiles()).filter((page) => {
  const { programs, problems } = programsOf(page);
  return programs.length + problems.length > 0;
});
let findings: Findings;

beforeAll(async () => {
  findings = await checkPages(pages);
});

describe("the examples of", () => {
  it.each(pages.map(({ file }) => file))("%s", (page) => {
    expect(findings.problems.filter(({ file }) => file === page).map(describeProblem)).toEqual([]);
  });
});

it("are found where they are", () => {
  const files = pages.map(({ file }) => file);
  expect(files).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "packages/nn/README.md"]));
  expect(findings.ran).toBeGreaterThan(20);
});
