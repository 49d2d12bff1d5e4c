/** The five shapes: what is read and asked for when, and that the engine learns each to the end. */
import { argmax } from "tapegrad";
import { describe, expect, test } from "vitest";
import { Session } from "../src/engine/session.ts";
import { defaultSettings } from "../src/engine/settings.ts";
import { isAbout, settingsOf, taskChoices } from "../src/engine/tasks/choices.ts";
import { ShapeTask } from "../src/engine/tasks/shape-task.ts";
import { type ShapeName, shapeNames } from "../src/engine/tasks/shapes.ts";
import { Trainer } from "../src/engine/trainer.ts";

/** Of one example: where it is, and its inputs and targets from step to step; · where there is none. */
const drawings: Readonly<Record<ShapeName, readonly [example: number, inputs: string, targets: string]>> = {
  "one-to-one": [2, "10", "different"],
  "one-to-many": [4, "4 · · · · ·", "f o u r . ."],
  "many-to-one": [2 + 12, "it is not just fine", "· · · · blame"],
  "sequence-to-sequence": [7, "0 1 2 · · ·", "· · · 2 1 0"],
  aligned: [0b011010, "0 1 1 0 1 0", "even odd even even odd odd"],
};

describe.each(shapeNames)("%s", (shape) => {
  const task = new ShapeTask(shape);
  const [example, inputs, targets] = drawings[shape];
  const passage = task.passage(example * task.window + (task.window >> 1));

  test("reads and asks when its name says so", () => {
    const drawn = (labels: readonly string[]) => labels.map((label) => label || "·").join(" ");
    expect(drawn(passage.inputLabels)).toBe(inputs);
    expect(drawn(passage.targetLabels)).toBe(targets);
    expect(task.weights.map((weight) => weight > 0)).toEqual(passage.targetLabels.map((label) => label !== ""));
    expect(passage.start).toBe(example * task.window);
  });

  test("is learned to the end: training stops by itself, and every answer is right", async () => {
    const choice = taskChoices.find((candidate) =>
      isAbout(candidate, { ...defaultSettings, task: { kind: "shape", shape } }),
    );
    const session = new Session({ ...defaultSettings, ...choice?.settings });
    expect(await new Trainer(session).train(() => undefined)).toBe("solved");
    expect(session.steps).toBeLessThan(500);
    const { inputs: read, targets: asked } = session.task.at(session.steps);
    const { outputs } = session.predict(read, session.model.initialStates(session.task.batch));
    const answers = [...argmax(outputs, { axis: -1 }).dataSync()];
    const counts = (at: number) => session.task.weights?.[at % session.task.window] === 1;
    expect(answers.filter((_, at) => counts(at))).toEqual([...asked.dataSync()].filter((_, at) => counts(at)));
  });
});

test("a menu's choices have names of their own, and settings that a session can be made of", async () => {
  expect(new Set(taskChoices.map(({ id }) => id)).size).toBe(taskChoices.length);
  expect(new Set(taskChoices.map(({ title }) => title)).size).toBe(taskChoices.length);
  for (const choice of taskChoices) {
    const settings = { ...defaultSettings, ...(await settingsOf(choice)) };
    expect(taskChoices.filter((candidate) => isAbout(candidate, settings))).toEqual([choice]);
    expect(new Session(settings).steps).toBe(0);
  }
});
