import { TapegradError } from "tapegrad";
import { expect, test } from "vitest";
import { cellNames, type TrainingConfig } from "../src/engine/protocol.ts";
import { createSession, type Session } from "../src/engine/training-session.ts";

const hello: TrainingConfig = { text: "hello", cell: "LSTM", hidden: 16, learningRate: 0.01, seed: 1 };

test.each(cellNames)("%s learns hello by heart", (cell) => {
  const session = createSession({ ...hello, cell });
  train(session, 150);
  expect(session.sample("h", 0, 4)).toBe("ello");
  expect(session.sample("hel", 0, 2)).toBe("lo");
});

test("the same configuration trains the same way", () => {
  const [one, other] = [createSession(hello), createSession(hello)];
  expect(train(one, 5)).toEqual(train(other, 5));
});

test("the first loss is about that of guessing blindly, in bits", () => {
  expect(createSession(hello).step().bitsPerCharacter).toBeCloseTo(2, 0);
});

test("a short text is read whole, a long one in windows", () => {
  expect(createSession(hello).summary).toMatchObject({ vocabulary: ["e", "h", "l", "o"], batch: 1, window: 4 });
  const { batch, window } = createSession({ ...hello, text: "the quick brown fox ".repeat(20) }).summary;
  expect(batch).toBeGreaterThan(1);
  expect(window).toBeLessThanOrEqual(32);
});

test("a reading has a state in (−1, 1) and a distribution per character", () => {
  const { characters, units, hidden, vocabulary, probabilities } = createSession(hello).read("hell");
  expect(characters).toEqual(["h", "e", "l", "l"]);
  expect(hidden).toHaveLength(4 * units);
  expect(hidden.every((value) => Math.abs(value) < 1)).toBe(true);
  for (let time = 0; time < 4; time++) {
    const row = probabilities.subarray(time * vocabulary.length, (time + 1) * vocabulary.length);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  }
});

test("refuses what it cannot do, saying why", () => {
  expect(() => createSession({ ...hello, text: "aaa" })).toThrow("start: the text has nothing to predict");
  const session = createSession(hello);
  expect(() => session.sample("x", 0, 1)).toThrow('Vocabulary: characters without a token: "x"');
  expect(() => session.sample("", 0, 1)).toThrow("sample: there is no text to begin with");
});

test("a loss that is no longer a number ends training and leaves the weights alone", () => {
  const session = createSession(hello);
  session.setLearningRate(1e38);
  expect(() => train(session, 20)).toThrow(TapegradError);
  expect(() => session.step()).toThrow("training: the loss is no longer a number");
});

function train(session: Session, steps: number): number[] {
  return Array.from({ length: steps }, () => session.step().bitsPerCharacter);
}
