import { expect, test } from "vitest";
import { serverProgram } from "./program.js";

test("trains", async () => {
  const lines = [];
  await serverProgram((line) => lines.push(line));
  process.stdout.write(`${lines.join("\n")}\n`);
  expect(lines).toHaveLength(5);
});
