/** What units are judged by, and the measures that judge them. */
import { readFileSync } from "node:fs";
import { synchronize } from "tapegrad";
import { beforeAll, describe, expect, test } from "vitest";
import { openModel } from "../src/engine/opened/open-model.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings } from "../src/engine/settings.ts";
import { settingsOf, taskChoices } from "../src/engine/tasks/choices.ts";
import { unitSwitchedOff, unitValues } from "../src/lenses/units/answer.ts";
import { type FeatureId, featuresOf } from "../src/lenses/units/features.ts";
import { areaUnderCurve, correlation, levelsOf } from "../src/lenses/units/measures.ts";
import { unitRanking } from "../src/lenses/units/ranking.ts";

beforeAll(synchronize);

/** One sign per character: where the feature holds, or the last digit of a position. */
function marksOf(id: FeatureId, text: string): string {
  // Five of each kind are asked for: the text is repeated, and the first copy is told.
  const feature = featuresOf([...`${text}\n\n`.repeat(6)]).find((found) => found.id === id);
  return Array.from(feature?.values.subarray(0, text.length) ?? [], (value) => String(value % 10)).join("");
}

test.for<[id: FeatureId, text: string, marks: string]>([
  ["quotes", "so “a ‘b’” c", "000111111000"],
  ["quotes", 'so "a" b', "00011000"],
  ["round", "a (b (c)) d", "00111111000"],
  ["square", "x[12] y", "0111000"],
  ["curly", "see {TLA}.", "0000111100"],
  ["column", "ab\ncde", "120123"],
  ["wordEnd", "it is.", "010010"],
  ["vowel", "Aloe y", "101101"],
  ["upper", "McX é", "10100"],
  ["digit", "a1 23", "01011"],
  ["lineStart", "a\n  b c", "0111000"],
])("%s of %j", ([id, text, marks]) => {
  expect(marksOf(id, text)).toBe(marks);
});

test("what a text does not have is no feature", () => {
  expect(featuresOf([..."hello"])).toEqual([]);
  expect(featuresOf([..."hello world ".repeat(9)]).map(({ id }) => id)).toEqual(["wordEnd", "space", "vowel"]);
});

test("AUC is the share of pairs in the right order, ties counting half", () => {
  const holds = Float32Array.of(0, 0, 1, 1);
  expect(areaUnderCurve(levelsOf(Float32Array.of(-1, 0, 0.5, 1)), holds)).toBe(1);
  expect(areaUnderCurve(levelsOf(Float32Array.of(1, 0.5, 0, -1)), holds)).toBe(0);
  expect(areaUnderCurve(levelsOf(Float32Array.of(0, 1, 1, 0)), holds)).toBe(0.5);
  expect(areaUnderCurve(levelsOf(Float32Array.of(0, 1, 1, 2)), holds)).toBe(0.875);
  expect(areaUnderCurve(levelsOf(Float32Array.of(3, 3, 3, 3)), holds)).toBe(0.5);
  expect(correlation(Float32Array.of(1, 2, 3), Float32Array.of(2, 4, 6))).toBeCloseTo(1, 6);
  expect(correlation(Float32Array.of(1, 2, 3), Float32Array.of(5, 5, 5))).toBe(0);
});

describe("the trained model", () => {
  const file = readFileSync(new URL("../pretrained/jargon-lstm-128.safetensors", import.meta.url));
  const opened = openModel(file);
  const { vocabulary = [], text = "" } = opened;
  const task = { kind: "text", text, vocabulary } as const;
  const position = 100;

  function sessionOf(): Session {
    const session = new Session({ ...defaultSettings, ...opened.settings, task });
    session.restore({ step: 0, weights: opened.weights });
    return session;
  }

  test("has at least 128 units, in a file of at most 400 kB, with what it was made of", () => {
    expect(file.length).toBeLessThanOrEqual(400_000);
    expect(opened.settings).toMatchObject({ cell: "LSTM", layers: 1, hidden: 128 });
    expect(text.length).toBeGreaterThanOrEqual(6000);
  });

  test("has units that tell brackets, and without its best one they are not closed", () => {
    const session = sessionOf();
    const { features } = unitRanking(session, { position });
    const best = features.find(({ id }) => id === "curly")?.units[0];
    expect(best?.score).toBeGreaterThan(0.95);
    const switched = unitSwitchedOff(session, { position, layer: 0, unit: best?.unit ?? 0, hold: "zero" });
    expect(switched.loss.after).toBeGreaterThan(switched.loss.before);
    expect(switched.worst.map(({ label }) => label)).toContain("}");
  });

  test("a unit held at zero passes on zeros, and held at its mean changes less", () => {
    const session = sessionOf();
    const asked = { position, layer: 0, unit: 5 };
    const zero = unitSwitchedOff(session, { ...asked, hold: "zero" });
    const mean = unitSwitchedOff(session, { ...asked, hold: "mean" });
    expect(zero.value).toBe(0);
    expect(mean.value).not.toBe(0);
    expect(mean.loss.after).toBeLessThan(zero.loss.after + 0.05);
    expect(zero.loss.before).toBe(mean.loss.before);
  });

  test("values are those of reading the text from its beginning", () => {
    const session = sessionOf();
    const { values, start, labels } = unitValues(session, { position: 700, layer: 0, unit: 5, part: "h" });
    expect(start).toBe(0);
    expect(labels.join("")).toBe(text.slice(0, labels.length));
    const passage = session.task.passage(700);
    const { hidden } = session.predict(passage.inputs, session.statesBefore(passage));
    const [states] = hidden;
    const read = states?.dataSync() ?? [];
    const plain = Array.from({ length: passage.inputLabels.length }, (_, time) => read[time * 128 + 5] ?? 0);
    const ours = values.subarray(passage.start, passage.start + plain.length);
    expect(Math.max(...plain.map((value, time) => Math.abs(value - (ours[time] ?? 0))))).toBeLessThan(0.02);
  });
});

test.for(taskChoices)("units can be looked at and switched off in every task: $title", async (choice) => {
  const session = new Session({ ...defaultSettings, hidden: 4, ...(await settingsOf(choice)) });
  const { labels, values } = unitValues(session, { position: 1, layer: 0, unit: 0, part: "c" });
  expect(values).toHaveLength(labels.length);
  const { loss, predictions } = unitSwitchedOff(session, { position: 1, layer: 0, unit: 0, hold: "zero" });
  expect(loss.before).not.toBe(loss.after);
  expect(predictions.length).toBeGreaterThan(0);
  expect(unitRanking(session, { position: 1 }).characters).toBeGreaterThan(0);
});
