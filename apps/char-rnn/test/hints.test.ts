import { afterEach, expect, test, vi } from "vitest";
import { commandLine } from "../src/commands/hints.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("commands are spelled as the program was called, and safe to paste", () => {
  vi.stubEnv("npm_lifecycle_event", "start");
  expect(commandLine("train", "--text", "a book's.txt")).toBe(`npx -y pnpm@12 start train --text 'a book'\\''s.txt'`);
  vi.stubEnv("npm_lifecycle_event", "");
  expect(commandLine("sample")).toMatch(/^node .* sample$/);
});
