import { PassThrough } from "node:stream";
import { Output } from "@tapegrad/command-line";
import { expect, test } from "vitest";
import { Display } from "../src/terminal/display.ts";
import type { Progress } from "../src/terminal/progress.ts";

function outputs(isTTY: boolean, columns = 200, terminal = "xterm") {
  const make = () => Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY, columns, rows: 50 });
  const [stderr, stdout] = [make(), make()];
  const read = () => ({ stderr: String(stderr.read() ?? ""), stdout: String(stdout.read() ?? "") });
  return { display: new Display(new Output(stderr), new Output(stdout), terminal), read };
}

const progress: Progress = {
  step: 1,
  steps: 4,
  charactersPerSecond: 10,
  trainingBits: 3,
  heldOutBits: undefined,
  gradientNorm: 1,
  secondsLeft: 3,
};
const line = "step 1/4 · 10 characters/s · training 3.000, held-out – bits/character · gradient norm 1.00 · 0:03 left";

test("without a terminal: plain lines, now and then, and the last figures in any case", () => {
  const { display, read } = outputs(false);
  display.update(progress);
  display.update({ ...progress, step: 2 });
  display.update({ ...progress, step: 3 });
  display.finish();
  expect(read()).toEqual({ stderr: `${line}\n${line.replace("step 1", "step 3")}\n`, stdout: "" });
});

test("what has been shown is not shown again at the end", () => {
  const { display, read } = outputs(false);
  display.update(progress, { now: true });
  display.finish();
  expect(read().stderr).toBe(`${line}\n`);
});

test("on a terminal: a bar that is redrawn in place", () => {
  const { display, read } = outputs(true);
  display.update(progress, { now: true });
  const first = read().stderr;
  expect(first).toContain(`${"█".repeat(10)}${"░".repeat(30)} 25 %\n${line}\n`);
  display.update({ ...progress, step: 2 }, { now: true });
  expect(read().stderr).toContain("\u001b[");
});

test("on a terminal that does not know its width: plain lines", () => {
  const { display, read } = outputs(true, 0);
  display.update(progress);
  expect(read().stderr).toBe(`${line}\n`);
});

test.each([true, false])("samples go to standard output, their headings to standard error (terminal: %s)", (isTTY) => {
  const { display, read } = outputs(isTTY);
  display.sample("a sample:", "Call me");
  expect(read()).toEqual({ stderr: "a sample:\n", stdout: "Call me\n\n" });
});
