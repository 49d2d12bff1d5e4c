/** The trainer's pace, its snapshots and when it stops, on real sessions. */
import { expect, test } from "vitest";
import type { TrainingReport } from "../src/engine/protocol.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import { Trainer } from "../src/engine/trainer.ts";

test("stops when the text is known by heart, and goes on when asked again", async () => {
  const { trainer, reports } = started();
  expect(await trainer.train(reports.add)).toBe("solved");
  const solvedAt = trainer.session.steps;
  expect(
    reports
      .losses()
      .slice(-20)
      .every((loss) => loss < 0.1),
  ).toBe(true);
  expect(reports.losses()).toHaveLength(solvedAt);
  const again = trainer.train((report) => {
    reports.add(report);
    if (report.step > solvedAt + 50) trainer.pause();
  });
  expect(await again).toBe("paused");
  expect(trainer.session.steps).toBeGreaterThan(solvedAt + 50);
});

test("goes to a step, or to where the task is solved before", async () => {
  const { trainer: solved } = started();
  await solved.train(() => undefined);
  const end = solved.session.steps;
  const { trainer } = started();
  const goTo = async (step: number, orSolved: boolean) => {
    const stop = await trainer.train(() => undefined, { step, orSolved });
    return [stop, trainer.session.steps];
  };
  expect(await goTo(3, true)).toEqual(["paused", 3]);
  expect(await goTo(Infinity, true)).toEqual(["solved", end]);
  trainer.rewind();
  expect(await goTo(end + 2, false)).toEqual(["paused", end + 2]);
});

test("keeps snapshots at powers of two and the furthest step, however often it is paused", async () => {
  const { trainer } = started();
  for (let pause = 0; pause < 20; pause++) {
    trainer.stepOnce();
    trainer.seek(trainer.session.steps);
  }
  expect(trainer.seek(16).saved).toEqual([0, 1, 2, 4, 8, 16, 20]);
  expect(trainer.seek(20).step).toBe(20);
});

test("training from an earlier step takes the way that it took before, and forgets what lay ahead", () => {
  const { trainer } = started();
  const losses = Array.from({ length: 12 }, () => trainer.stepOnce().losses[0]);
  expect(trainer.seek(4).saved).toEqual([0, 1, 2, 4, 8, 12]);
  const again = Array.from({ length: 3 }, () => trainer.stepOnce());
  expect(again.map((report) => report.losses[0])).toEqual(losses.slice(4, 7));
  expect(again.at(-1)?.saved).toEqual([0, 1, 2, 4, 7]);
});

test("rewinding keeps the seed and the learning rate that was chosen last", () => {
  const { trainer } = started();
  const first = [trainer.stepOnce(), trainer.stepOnce()].map(({ losses }) => losses[0]);
  trainer.session.learningRate = 0.5;
  expect(trainer.rewind()).toMatchObject({ step: 0, saved: [0] });
  expect(trainer.session.optimizer.learningRate).toBeCloseTo(0.5);
  trainer.session.learningRate = defaultSettings.learningRate;
  expect([trainer.stepOnce(), trainer.stepOnce()].map(({ losses }) => losses[0])).toEqual(first);
});

test("the first step loses what the summary said", () => {
  const { trainer } = started();
  const { firstLoss } = trainer.session.summary("any");
  expect(trainer.stepOnce().losses[0]).toBeCloseTo(firstLoss, 5);
});

test("reports a rate that is the real one", async () => {
  const { trainer } = started({ task: { kind: "text", text: "humpty dumpty sat on a wall. ".repeat(9) } });
  trainer.speed = "fast";
  const seen: { time: number; step: number; rate: number }[] = [];
  await trainer.train(({ step, stepsPerSecond }) => {
    seen.push({ time: performance.now(), step, rate: stepsPerSecond });
    if (seen.length > 12) trainer.pause();
  });
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was reported");
  const real = ((last.step - first.step) / (last.time - first.time)) * 1000;
  expect(last.rate / real).toBeGreaterThan(0.85);
  expect(last.rate / real).toBeLessThan(1.15);
});

test("judges a long text on its last tenth, which is not trained on", () => {
  const text = "To be, or not to be, that is the question. ".repeat(50);
  const { trainer } = started({ task: { kind: "text", text } });
  const reports = Array.from({ length: 40 }, () => trainer.stepOnce());
  const measured = reports.flatMap(({ heldOut }) => heldOut);
  expect(measured.map(({ step }) => step)).toEqual([
    ...Array.from({ length: 32 }, (_, i) => i + 1),
    ...[34, 36, 38, 40],
  ]);
  expect(measured.at(-1)?.loss).toBeLessThan(measured[0]?.loss ?? 0);
  expect(trainer.session.summary("any").heldOutFrom).toBe(text.length - Math.floor(text.length / 10));
});

test("a step whose loss is no number is named, and changes nothing", async () => {
  const { trainer, reports } = started({ learningRate: 1e30, clip: 0 });
  await expect(trainer.train(reports.add)).rejects.toThrow(/no longer a number at step \d+/);
  expect(trainer.session.steps).toBe(reports.losses().length);
});

function started(changes: Partial<RunSettings> = {}) {
  const trainer = new Trainer(new Session({ ...defaultSettings, ...changes }));
  const all: TrainingReport[] = [];
  const reports = {
    all,
    add: (report: TrainingReport) => void all.push(report),
    losses: () => all.flatMap(({ losses }) => [...losses]),
  };
  return { trainer, reports };
}
