import { expect, test } from "vitest";
import { beginningOf, lengthOf, longestText, problemOf, visible } from "../src/views/character-lab/training-text.ts";

test.each([
  ["", "There is no text."],
  ["ab", "The text is too short."],
  ["👋👋", "The text is too short."],
  ["aaaa", "The text repeats one character."],
  ["ab".repeat(longestText), "The text is too long: 1,000,000 characters."],
])("%# an unfit text is named as such", (text, message) => {
  expect(problemOf(text)).toContain(message);
});

test.each(["hello", "aba", "ab".repeat(longestText / 2)])("%# a fit text has no problem", (text) => {
  expect(problemOf(text)).toBeUndefined();
});

test("characters are code points", () => {
  expect(lengthOf("a👋b")).toBe(3);
  expect(beginningOf("👋👋b", 2)).toBe("👋👋");
  expect(beginningOf("ab", 5)).toBe("ab");
});

test("characters without a sign get one", () => {
  expect([..." \n\tx"].map(visible)).toEqual(["␣", "⏎", "⇥", "x"]);
});
