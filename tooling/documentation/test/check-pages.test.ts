/** The runner notices every way in which an example can be wrong, and names the line of the page. */
import { beforeAll, expect, it } from "vitest";
import { checkPages, type Findings } from "../src/check-pages.ts";

/** Programs by what is wrong with them, and what has to be said, `line: message`. */
const wrong: Record<string, readonly [code: string, problem: RegExp | undefined]> = {
  nothing: ['import { tensor } from "tapegrad";\nconsole.log(tensor([1, 2]).shape); // → [ 2 ]', undefined],
  "a type": ["const a: number = 1;\nexport const b: string = a;", /^3: error TS2322: Type 'number'/],
  "an implicit any": ["export const f = (x) => x;", /^2: error TS7006/],
  "a missing export": ['import { tensors } from "tapegrad";\ntensors();', /^2: error TS2724: .*'tensors'/],
  "what it prints": ["console.log(1); // → 2", /^2: promised “2”, printed “1”\nIt printed:\n1$/],
  "that it prints": ["console.log(1);", /^2: printed “1”, which no comment promises/],
  "that it throws": [
    'import { add, ones } from "tapegrad";\nadd(ones([2]), ones([3]));',
    /^2: ShapeError: add: .*page-\d+\.md:3:1/s,
  ],
  "a rejection nobody handles": ['Promise.reject(new Error("lost"));', /^2: Error: lost/],
  "a promise that never resolves": [
    "await new Promise(() => {});",
    /^2: Error: it waits for something that never happens/,
  ],
  "an exit that says failure": ["process.exit(3);", /^2: Error: process\.exit\(3\)/],
  "nothing, but that it exits": ['console.log("end"); // → end\nprocess.exit();\nconsole.log("after");', undefined],
  "nothing, but a timer that goes on": ['setInterval(() => {}, 1000);\nconsole.log("on"); // → on', undefined],
  "nothing, but that it prints later": ['setTimeout(() => console.log("late"), 50); // → late', undefined],
  "nothing, but a change of the default dtype": [
    'import { setDefaultDType } from "tapegrad";\nsetDefaultDType("float64");',
    undefined,
  ],
  "nothing, nor does the change last": [
    'import { ones } from "tapegrad";\nconsole.log(ones([1]).dtype); // → float32',
    undefined,
  ],
  "nothing, but two files of the same page": [
    'import { readFileSync, writeFileSync } from "node:fs";\nwriteFileSync("a", "b");\nconsole.log(readFileSync("a", "utf8")); // → b',
    undefined,
  ],
};

const entries = Object.entries(wrong);
let findings: Findings;

const lines = (...text: string[]) => text.join("\n");

beforeAll(async () => {
  const pages = entries.map(([, [code]], i) => ({ file: `docs/page-${i}.md`, text: `\`\`\`ts\n${code}\n\`\`\`\n` }));
  const unrun = { file: "docs/unrun.md", text: "```ts check\nthrow new Error(document.title);\n```\n" };
  findings = await checkPages([...pages, unrun]);
});

it.each(entries.map(([name, [, problem]], i) => ({ name, problem, i })))("$name", ({ problem, i }) => {
  const found = findings.problems.filter(({ file }) => file === `docs/page-${i}.md`);
  const [first, ...others] = found.map(({ line, message }) => `${line}: ${message}`);
  expect(others).toEqual([]);
  if (problem === undefined) expect(first).toBeUndefined();
  else expect(first).toMatch(problem);
});

it("only checks the types of what cannot run in Node", () => {
  expect(findings.problems.filter(({ file }) => file === "docs/unrun.md")).toEqual([]);
  expect(findings.programs - findings.ran).toBe(4);
});

it("ends programs that do not, and goes on with the next", async () => {
  const text = lines(
    "```ts",
    "await new Promise((resolve) => setTimeout(resolve, 1e6));",
    "```",
    "```ts",
    "console.log(1);",
    "```",
  );
  const { problems } = await checkPages([{ file: "docs/page.md", text }], 5000);
  expect(problems.map(({ line, message }) => `${line}: ${message.split("\n")[0]}`)).toEqual([
    "2: it did not end within 5 s",
    "5: printed “1”, which no comment promises",
  ]);
});
