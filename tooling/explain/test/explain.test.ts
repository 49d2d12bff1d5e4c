/** `pnpm explain`: its table is the one that the documentation shows, and `--bisect` names a pass that is wrong. */
import { readFileSync } from "node:fs";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type NamedPass, passes, rewrite } from "@tapegrad/compiler";
import { setBackend } from "@tapegrad/core";
import { sub } from "@tapegrad/ops";
import { beforeAll, expect, it } from "vitest";
import { target } from "../../../packages/backend-wasm/src/program/target.ts";
import { firstFault } from "../src/bisect.ts";
import { explain } from "../src/explain.ts";
import { cells, subjectOf } from "../src/subjects.ts";

beforeAll(() => setBackend(cpuBackend));

it("prints what the documentation shows", async () => {
  const { program } = await subjectOf("rnn");
  const page = readFileSync(new URL("../../../apps/docs/how-it-works/passes.md", import.meta.url), "utf8");
  const shown = page.split("pnpm explain rnn\n")[1]?.split("\n```")[0];
  const lines = explain(program, { target, text: false });
  expect(lines.slice(0, lines.indexOf("")).join("\n")).toBe(shown);
});

it("writes the Program out after every pass that changed it, and what runs", async () => {
  const { program } = await subjectOf("lstm");
  const text = explain(program, { target, text: true }).join("\n");
  expect(text).toContain("\nsinkTransposes:\nprogram(%0");
  expect(text).not.toContain("\nreadWholes:\nprogram(%0");
  expect(text).toMatch(/what runs:\n[\s\S]*loop, 8 ×\n[\s\S]*matmul/);
});

it.each(cells)("%s: no pass changes the values", async (cell) => {
  const { program, inputs } = await subjectOf(cell);
  expect(firstFault(program, inputs)).toBeUndefined();
});

it("names the first pass after which values differ", async () => {
  const { program, inputs } = await subjectOf("rnn");
  const wrong: NamedPass = {
    name: "swapSubtractions",
    pass: (before) => rewrite(before, ({ op }, [x, y]) => (op.name === "sub" && x && y ? [sub(y, x)] : undefined)),
  };
  const at = passes.findIndex(({ name }) => name === "concatenatePads");
  const fault = firstFault(program, inputs, [...passes.slice(0, at), wrong, ...passes.slice(at)]);
  expect(fault?.name).toBe("swapSubtractions");
  expect(fault?.problem).toMatch(/^result \d+ at \d+ is .* instead of /);
});
