/** The lab against an engine made of promises that the test settles. */
import { expect, test } from "vitest";
import type { EngineClient } from "../src/engine/client.ts";
import type { Reading, TrainingReport } from "../src/engine/protocol.ts";
import { Lab } from "../src/views/character-lab/lab.ts";

const summary = { vocabulary: ["e", "h", "l", "o"], parameterCount: 10, batch: 1, window: 4 };
const reading: Reading = {
  characters: [..."hello"],
  units: 1,
  hidden: new Float32Array(5),
  vocabulary: summary.vocabulary,
  probabilities: new Float32Array(20),
};
const report: TrainingReport = {
  step: 1,
  losses: Float32Array.of(2),
  gradientNorms: Float32Array.of(1),
  stepsPerSecond: 100,
};

test("trains until it is paused, then looks once more", async () => {
  const { lab, engine, failures } = setup();
  const trained = lab.train();
  await settled();
  expect(lab.phase.value).toBe("training");
  engine.report(report);
  expect(lab.report.value).toBe(report);
  expect(lab.course.value.losses).toEqual([2]);
  await lab.pause();
  await trained;
  await settled();
  expect(lab.phase.value).toBe("paused");
  expect(lab.writing.value).toEqual({ prompt: "h", greedy: "ello", drawn: "oooo", temperature: 0.8 });
  expect(failures).toEqual([]);
});

test("hands on what made training fail, and can go on", async () => {
  const { lab, engine, failures } = setup();
  const trained = lab.train();
  await settled();
  engine.fail(new Error("training: the loss is no longer a number"));
  await trained;
  expect(failures.map(String)).toEqual(["Error: training: the loss is no longer a number"]);
  expect(lab.phase.value).toBe("paused");
});

test("a start that fails leaves the lab ready", async () => {
  const { lab, failures } = setup({ start: () => Promise.reject(new Error("start: refused")) });
  await lab.train();
  expect(failures.map(String)).toEqual(["Error: start: refused"]);
  expect(lab.phase.value).toBe("ready");
});

test("does not start on a text that has a problem", async () => {
  const { lab } = setup({ start: () => Promise.reject(new Error("must not be called")) });
  lab.text.value = "";
  await lab.train();
  expect(lab.phase.value).toBe("ready");
});

test("after a reset, what the old model still reports is dropped", async () => {
  const { lab, engine } = setup();
  const trained = lab.train();
  await settled();
  const late = engine.report;
  await lab.reset();
  await trained;
  late(report);
  expect(lab.report.value).toBeUndefined();
  expect(lab.phase.value).toBe("ready");
});

test("a prompt that the engine refuses is explained beside it", async () => {
  const { lab, failures } = setup({
    sample: () => Promise.reject(new Error("Vocabulary: characters without a token")),
  });
  void lab.train();
  await settled();
  lab.setPrompt("x");
  await settled();
  expect(lab.writingProblem.value).toBe("Vocabulary: characters without a token");
  expect(failures).toEqual([]);
});

function setup(changes: Partial<EngineClient> = {}) {
  const failures: unknown[] = [];
  const engine = { report: (_: TrainingReport): unknown => undefined, fail: (_: Error) => {} };
  let stop = () => {};
  const client: EngineClient = {
    start: async () => summary,
    resume: (onReport) =>
      new Promise<void>((resolve, reject) => {
        engine.report = onReport;
        engine.fail = reject;
        stop = resolve;
      }),
    pause: async () => stop(),
    setLearningRate: async () => {},
    sample: async (_, temperature) => (temperature === 0 ? "ello" : "oooo"),
    hiddenStates: async () => reading,
    ...changes,
  };
  return { lab: new Lab(client, (error) => failures.push(error)), engine, failures };
}

/** After everything that was already promised. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
