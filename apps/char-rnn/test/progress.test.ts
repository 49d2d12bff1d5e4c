import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProgressMeter, progressFields } from "../src/terminal/progress.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("speed counts training only, time left counts everything", () => {
  const meter = new ProgressMeter(0, 10, 100);
  meter.heldOutBits = 3.25;
  const progress = [6, 4, 5, 5, 5, 5].map((bits, index) => {
    vi.advanceTimersByTime(2000);
    return meter.add(index + 1, bits, 0.5, 500);
  });
  expect(progress.slice(1).map((figures) => progressFields(figures).join(" · "))).toEqual([
    "step 2/10 · 200 characters/s · training 5.000, held-out 3.250 bits/character · gradient norm 0.50",
    "step 3/10 · 200 characters/s · training 5.000, held-out 3.250 bits/character · gradient norm 0.50",
    "step 4/10 · 200 characters/s · training 5.000, held-out 3.250 bits/character · gradient norm 0.50",
    "step 5/10 · 200 characters/s · training 5.000, held-out 3.250 bits/character · gradient norm 0.50",
    "step 6/10 · 200 characters/s · training 5.000, held-out 3.250 bits/character · gradient norm 0.50 · 0:08 left",
  ]);
});

test("the first step, which compiles, says nothing of the speed of the others", () => {
  const meter = new ProgressMeter(0, 100, 100);
  vi.advanceTimersByTime(60_000);
  const first = meter.add(1, 6, 1, 60_000);
  for (let step = 2; step < 6; step++) {
    vi.advanceTimersByTime(100);
    meter.add(step, 6, 1, 100);
  }
  vi.advanceTimersByTime(100);
  const sixth = meter.add(6, 6, 1, 100);
  expect([first.secondsLeft, sixth.secondsLeft]).toEqual([undefined, 9.4]);
  expect([first.charactersPerSecond, sixth.charactersPerSecond]).toEqual([undefined, 1000]);
});

test("after a resumption only the steps since count", () => {
  const meter = new ProgressMeter(1000, 1010, 100);
  const progress = Array.from({ length: 10 }, (_, index) => {
    vi.advanceTimersByTime(1000);
    const { charactersPerSecond, secondsLeft, trainingBits } = meter.add(1001 + index, 3, 1, 1000);
    return [charactersPerSecond, secondsLeft, trainingBits];
  });
  expect([progress[0], progress[5], progress[9]]).toEqual([
    [undefined, undefined, 3],
    [100, 4, 3],
    [100, 0, 3],
  ]);
});

test("the training loss follows a change within some twenty steps", () => {
  const meter = new ProgressMeter(0, 1000, 1);
  for (let step = 1; step <= 100; step++) meter.add(step, 6, 1, 1);
  for (let step = 101; step <= 119; step++) meter.add(step, 2, 1, 1);
  const { trainingBits } = meter.add(120, 2, 1, 1);
  expect(trainingBits).toBeCloseTo(2 + 4 * 0.95 ** 20, 10);
});
