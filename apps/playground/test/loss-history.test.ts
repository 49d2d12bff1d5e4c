import fc from "fast-check";
import { expect, test } from "vitest";
import { LossHistory } from "../src/run/loss-history.ts";

test("keeps every step while there is room", () => {
  const history = new LossHistory(8);
  history.push([3, 2], [1, 0.5]);
  history.push([1], [0.25]);
  expect(history.series()).toEqual({ steps: [1, 2, 3], losses: [3, 2, 1], norms: [1, 0.5, 0.25] });
});

test("merges neighbours when it is full", () => {
  const history = new LossHistory(4);
  history.push([8, 6, 4, 2, 1, 3, 7], [0, 0, 0, 0, 0, 0, 0]);
  expect(history.series()).toEqual({ steps: [2, 4, 6], losses: [7, 3, 2], norms: [0, 0, 0] });
});

test("forgets what came after a step, also within a point", () => {
  const history = new LossHistory(4);
  history.push([8, 6, 4, 2, 1, 3, 7], [0, 0, 0, 0, 0, 0, 0]);
  history.truncate(7);
  expect(history.end).toBe(7);
  history.truncate(3);
  expect(history.end).toBe(3);
  history.push([5], [0]);
  expect(history.series()).toEqual({ steps: [2, 4], losses: [7, 4], norms: [0, 0] });
  history.truncate(0);
  expect(history.series().steps).toEqual([]);
});

test("counts from where a model begins", () => {
  const history = new LossHistory(8, 100);
  history.push([3, 2], [1, 1]);
  expect(history.series().steps).toEqual([101, 102]);
});

test("stays within its capacity, and its points average the steps up to theirs", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 500 }), (losses) => {
      const history = new LossHistory(16);
      history.push(losses, losses);
      const { steps, losses: points } = history.series();
      const end = steps.at(-1) ?? 0;
      expect(points.length).toBeLessThan(16);
      expect(steps).toHaveLength(points.length);
      const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      if (end > 0) expect(mean(points)).toBeCloseTo(mean(losses.slice(0, end)), 8);
      expect(losses.length - end).toBeLessThan(Math.max(1, steps[0] ?? 1));
    }),
  );
});

test("a course that was kept goes on from its step", () => {
  const losses = Array.from({ length: 37 }, (_, step) => step);
  const history = new LossHistory(16);
  history.push(losses, losses);
  const later = LossHistory.of(history.series(), 37);
  expect(later.series()).toEqual(history.series());
  expect(later.end).toBe(37);
  later.push([5, 5, 5], [1, 1, 1]);
  expect(later.series().steps.at(-1)).toBe(40);
});
