/** Each lesson's task, on runs that have not done it and on runs that have; the browser does what the lessons ask elsewhere. */
import { describe, expect, test } from "vitest";
import { type Question, questions } from "../src/engine/questions.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { type Evidence, type LessonId, lessonIds, type RunState, stepNamed } from "../src/lenses/lessons/lesson.ts";
import { lessons, parametersOf } from "../src/lenses/lessons/lessons.ts";
import { readRun } from "../src/link/run-link.ts";
import { type LessonText, lessonTexts } from "../src/texts/lessons.ts";

/** A run in this process, trained for some steps, as the page would know it. The one cast: answers by their questions. */
function trained(change: Partial<RunSettings>, steps: number): RunState {
  const settings = { ...defaultSettings, ...change };
  const session = new Session(settings);
  let loss: number | undefined;
  for (let step = 0; step < steps; step++) loss = session.step().loss;
  const ask = async (question: Question, argument: never) => {
    const answer: (session: Session, argument: never) => unknown = await questions[question]();
    return answer(session, argument);
  };
  const summary = { ...session.summary("cpu"), firstLoss: 0 };
  return { settings, summary, step: steps, loss, unit: { layer: 0, unit: 0 }, cursor: 0, ask: ask as RunState["ask"] };
}

const evidence = (run: RunState, place = "", compared: readonly RunState[] = []): Evidence => ({
  run,
  compared,
  place: new URLSearchParams(place),
});

const verify = async (lesson: LessonId, given: Evidence) => lessons[lesson].verify(given);

/** The state of the page that the last step of a lesson begins with. */
async function lastStep(lesson: LessonId) {
  const at = lessons[lesson].places.length - 1;
  const place = new URLSearchParams(await parametersOf({ lesson, at }));
  const { run } = await readRun(place);
  return { place: place.toString(), settings: run.settings, step: run.step };
}

test.each(lessonIds)("%s has as many places as texts, and each question one right answer", (lesson) => {
  const { steps }: LessonText = lessonTexts.lessons[lesson];
  expect(lessons[lesson].places).toHaveLength(steps.length);
  for (const { choices, right, text } of steps) {
    expect(new Set(choices).size).toBe(choices.length);
    expect(choices[right]).toBeDefined();
    expect(text.match(/[.!?](?= [A-Z∂]|$)/g)).toHaveLength(2);
  }
});

test("a step is named by its lesson and number, and nothing else is one", () => {
  expect(stepNamed("hello.2")).toEqual({ lesson: "hello", at: 1 });
  for (const name of ["hello", "hello.0", "hello.10", "goodbye.1", ""]) expect(stepNamed(name)).toBeUndefined();
});

describe("red at the start, green when done", () => {
  test("one-function", async () => {
    const text = (text: string, change: Partial<RunSettings> = {}) =>
      trained({ task: { kind: "text", text }, ...change }, 0);
    const { settings } = await lastStep("one-function");
    expect(await verify("one-function", evidence(trained(settings, 0)))).toBe(false);
    expect(await verify("one-function", evidence(text("hello world, hello hello")))).toBe(false);
    expect(await verify("one-function", evidence(text("hello".repeat(4), { hidden: 32 })))).toBe(false);
    const done = text("hello".repeat(4));
    expect(await verify("one-function", evidence(done))).toBe(true);
    expect(done.summary?.parameterCount).toBe(trained(settings, 0).summary?.parameterCount);
  });

  test("hello", async () => {
    const { settings } = await lastStep("hello");
    expect(await verify("hello", evidence(trained(settings, 0)))).toBe(false);
    expect(await verify("hello", evidence(trained(settings, 20)))).toBe(false);
    expect(await verify("hello", evidence(trained(settings, 200)))).toBe(true);
  });

  test("temperature", async () => {
    const { settings } = await lastStep("temperature");
    const run = trained(settings, 400);
    expect(await verify("temperature", evidence(trained(settings, 10), "temperature=1.6"))).toBe(false);
    expect(await verify("temperature", evidence(run, ""))).toBe(false);
    expect(await verify("temperature", evidence(run, "temperature=1.6"))).toBe(true);
  });

  test("window", async () => {
    const { settings } = await lastStep("window");
    expect(await verify("window", evidence(trained(settings, 400)))).toBe(false);
    expect(await verify("window", evidence(trained({ ...settings, window: 4 }, 400)))).toBe(false);
    expect(await verify("window", evidence(trained({ ...settings, window: 8 }, 300)))).toBe(true);
  });

  test("vanishing", async () => {
    const { place } = await lastStep("vanishing");
    const run = trained({}, 0);
    expect(await verify("vanishing", evidence(run, place))).toBe(false);
    expect(await verify("vanishing", evidence(run, "gradients.x=-0.5&gradients.T=3"))).toBe(false);
    expect(await verify("vanishing", evidence(run, "gradients.x=-0.5&gradients.T=10&gradients.W=1.9"))).toBe(false);
    expect(await verify("vanishing", evidence(run, "gradients.x=-0.5&gradients.T=10"))).toBe(true);
  });

  test("gates", async () => {
    const { settings, step } = await lastStep("gates");
    const run = trained(settings, step);
    expect(await verify("gates", evidence(run))).toBe(false);
    expect(await verify("gates", evidence(run, "inside.held=3.0.o.0.0"))).toBe(false);
    expect(await verify("gates", evidence(run, "inside.held=3.0.o.all.1"))).toBe(false);
    expect(await verify("gates", evidence(trained(settings, 0), "inside.held=3.0.o.all.0"))).toBe(false);
    expect(await verify("gates", evidence(run, "inside.held=3.0.o.all.0"))).toBe(true);
  });

  test("long-memory", async () => {
    const { settings } = await lastStep("long-memory");
    const adding = { kind: "adding", length: 20 } as const;
    const at = (cell: RunSettings["cell"], step: number, loss: number): RunState => ({
      ...trained({ ...settings, task: adding, cell }, 0),
      ...{ step, loss },
    });
    const none = trained(settings, 0);
    const begun = [trained({ task: adding, cell: "RNN" }, 0), trained({ task: adding, cell: "LSTM" }, 0)];
    expect(await verify("long-memory", evidence(none))).toBe(false);
    expect(await verify("long-memory", evidence(none, "", begun))).toBe(false);
    expect(await verify("long-memory", evidence(none, "", [at("LSTM", 700, 0.01)]))).toBe(false);
    expect(await verify("long-memory", evidence(none, "", [at("RNN", 700, 0.02), at("GRU", 700, 0.01)]))).toBe(false);
    expect(await verify("long-memory", evidence(none, "", [at("RNN", 700, 0.16), at("GRU", 100, 0.01)]))).toBe(true);
  });

  test("unit", async () => {
    const ranked = (unit: number) => ({ layer: 0, unit, score: 0.99, isHigher: true });
    const features = [
      { id: "vowel", isYesOrNo: true, example: 3, units: [ranked(5)] },
      { id: "curly", isYesOrNo: true, example: 3, units: [ranked(7), ranked(8)] },
    ];
    const ask = async () => ({ characters: 100, features }) as never;
    const origin = { kind: "pretrained", name: "a model" } as const;
    const choosing = (unit: number, change: Partial<RunSettings> = { weights: origin }): RunState => ({
      ...trained({}, 0),
      settings: { ...defaultSettings, ...change },
      unit: { layer: 0, unit },
      ask,
    });
    expect(await verify("unit", evidence(choosing(0)))).toBe(false);
    expect(await verify("unit", evidence(choosing(5)))).toBe(false);
    expect(await verify("unit", evidence(choosing(8)))).toBe(false);
    expect(await verify("unit", evidence(choosing(7, {})))).toBe(false);
    expect(await verify("unit", evidence(choosing(7)))).toBe(true);
  });

  test("own-cell", async () => {
    const { templates } = await import("../src/engine/own-cell/templates.ts");
    const { settings } = await lastStep("own-cell");
    const own = (cellSource: string, loss: number): RunState => ({
      ...trained(settings, 0),
      settings: { ...settings, cell: "own", cellSource },
      loss,
    });
    const [{ source }] = templates;
    expect(await verify("own-cell", evidence(trained(settings, 200)))).toBe(false);
    expect(await verify("own-cell", evidence(own(`${source}\n// mine`, 0.01)))).toBe(false);
    expect(await verify("own-cell", evidence(own(source.replace("tanh(", "sigmoid("), 0.5)))).toBe(false);
    expect(await verify("own-cell", evidence(own(source.replace("tanh(", "sigmoid("), 0.01)))).toBe(true);
  });
});
