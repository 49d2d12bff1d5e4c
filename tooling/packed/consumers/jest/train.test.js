import { program, serverProgram } from "./program.js";

/** With jsdom, Jest resolves packages as a page does; of ES modules it says that Node itself loads them. There reads have to wait. */
const mustWait = "document" in globalThis || process.env.TRANSFORM === "none";
const run = mustWait ? program : serverProgram;

test("trains", async () => {
  const lines = [];
  await run((line) => lines.push(line));
  process.stdout.write(`${lines.join("\n")}\n`);
  expect(lines.at(-1)).toBe("done");
});
