import { afterEach, expect, test, vi } from "vitest";
import { commandWords } from "../src/commands/hints.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("commands are spelled as the program was called, and safe to paste", () => {
  vi.stubEnv("npm_lifecycle_event", "start");
  expect(commandWords("train", "--text", "a book's.txt").join(" ")).toBe(
    `npx -y pnpm@12 start train --text 'a book'\\''s.txt'`,
  );
  vi.stubEnv("npm_lifecycle_event", "");
  expect(commandWords("sample").join(" ")).toMatch(/^node .* sample$/);
});
