import { expect, test } from "vitest";
import { program } from "./program.js";

test("trains", async () => {
  const lines = [];
  await program((line) => lines.push(line));
  process.stdout.write(`${lines.join("\n")}\n`);
  expect(lines).toHaveLength(4);
});
