import { program } from "./program.js";

test("trains", async () => {
  const lines: string[] = [];
  await program((line: string) => lines.push(line));
  process.stdout.write(`${lines.join("\n")}\n`);
  expect(lines).toHaveLength(4);
});
