/** What reaches a terminal: nothing that would control it, and no line that is broken inside a word. */
import { PassThrough, Writable } from "node:stream";
import { Output, VisibleCharacters, visible, wrapCommand, wrapFields } from "@tapegrad/command-line";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Display } from "../src/terminal/display.ts";
import type { Progress } from "../src/terminal/progress.ts";

function terminal(columns: number, kind = "xterm") {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY: true, columns, rows: 50 });
  const output = new Output(stream);
  return { display: new Display(output, output, kind), read: () => String(stream.read() ?? "") };
}

const progress: Progress = {
  step: 1,
  steps: 4,
  charactersPerSecond: 12_345,
  trainingBits: 3,
  heldOutBits: 2.5,
  gradientNorm: 1,
  secondsLeft: 3,
};

test("control characters have pictures, and turned text shows that it is", () => {
  expect(visible("\u001b[31mred\u0007\u007f\u009b \u202eabc\tx\ny\r\nz\r")).toBe("␛[31mred␇␡� �abc\tx\ny\nz␍");
});

test("whatever a model writes, nothing reaches the terminal that would control it; one by one is all at once", () => {
  const text = fc.array(fc.integer({ min: 0, max: 0x24f }).map((code) => String.fromCodePoint(code)));
  fc.assert(
    fc.property(text, (characters) => {
      const shown = new VisibleCharacters();
      const written = characters.map((character) => shown.add(character)).join("") + shown.end();
      expect(written).toBe(visible(characters.join("")));
      expect(written).not.toMatch(/[^\P{Cc}\n\t]/u);
    }),
  );
});

test("at 80 columns, figures are broken between figures, sentences between words, commands where the shell reads on", () => {
  const { display, read } = terminal(80);
  display.update(progress, { now: true });
  const bar = read();
  expect(bar).toContain(
    "step 1/4 · 12,345 characters/s · training 3.000, held-out 2.500 bits/character\ngradient norm 1.00 · 0:03 left\n",
  );
  display.finish();
  read();
  display.say("word ".repeat(30).trim());
  display.command([
    "npx",
    "-y",
    "pnpm@12",
    ..."start train --text a-rather-long-name-of-a-book.txt --hidden 16 --batch 4".split(" "),
  ]);
  const lines = read().split("\n");
  expect(lines.slice(0, 3)).toEqual([
    `${"word ".repeat(16).trim()}`,
    `${"word ".repeat(14).trim()}`,
    expect.stringMatching(/ \\$/),
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test("wrapped parts are all there, and none is broken", () => {
  const words = fc.array(fc.stringMatching(/^[a-z-]{1,30}$/), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(words, fc.integer({ min: 35, max: 100 }), (parts, columns) => {
      const command = wrapCommand(parts, columns);
      expect(command.replaceAll(/ \\\n\s*/g, " ").split(" ")).toEqual(parts);
      const fields = wrapFields(parts, columns);
      expect(fields.split(/ · |\n/)).toEqual(parts);
      for (const line of `${command}\n${fields}`.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    }),
  );
});

test("a dumb terminal gets plain lines that fit", () => {
  const { display, read } = terminal(60, "dumb");
  display.phase("counting n-grams", 0.5);
  display.update(progress, { now: true });
  display.finish();
  expect(read()).toBe(
    "step 1/4 · 12,345 characters/s\ntraining 3.000, held-out 2.500 bits/character\ngradient norm 1.00 · 0:03 left\n",
  );
});

test("the last figures stay when a line came after them", () => {
  const { display, read } = terminal(200);
  display.update(progress, { now: true });
  display.sample("a sample:", "Call me");
  read();
  display.finish();
  expect(read()).toContain("step 1/4");
});

test("a file's name cannot control the terminal either", () => {
  const { display, read } = terminal(80, "dumb");
  display.say("reading \u001b[2Jbook");
  expect(read()).toBe("reading ␛[2Jbook\n");
});

test("samples that nobody takes any more are pointed out once, and the rest goes on", () => {
  const broken = Object.assign(new Writable({ write: () => {} }), { isTTY: false, columns: 0 });
  const output = new Output(broken);
  const stderr = new PassThrough({ encoding: "utf8" });
  const display = new Display(new Output(Object.assign(stderr, { isTTY: false, columns: 0 })), output, "xterm");
  broken.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE", errno: -32 }));
  expect([output.isClosed, output.failure]).toEqual([true, "broken pipe"]);
  display.sample("a sample:", "Call me");
  display.sample("a sample:", "Call me");
  expect(stderr.read()).toBe("standard output takes no more samples (broken pipe); training goes on\n");
});

test("an output that throws is an output that failed", () => {
  const throwing = Object.assign(new Writable(), { isTTY: false, columns: 0 });
  throwing.write = () => {
    throw Object.assign(new Error("write ENOSPC"), { code: "ENOSPC", errno: -28 });
  };
  const output = new Output(throwing);
  output.write("text");
  output.write("more");
  expect([output.failure, output.isClosed]).toEqual(["no space left on device", false]);
});
