/** What is asked of a run at rest, so that nobody waits for it: once, and never while it trains. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Prepared } from "../src/engine/prepared.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings } from "../src/engine/settings.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

function begun() {
  const session = new Session({ ...defaultSettings, hidden: 4 });
  const read = vi.spyOn(session.model, "encode");
  return { session, read, prepared: new Prepared(session) };
}

/** Time enough for any moment, and then for the code to load. */
async function rest(): Promise<void> {
  vi.advanceTimersByTime(10_000);
  await import("../src/lenses/influence/answer.ts");
}

test("once, at the place that was looked at last", async () => {
  const { session, read, prepared } = begun();
  const passage = vi.spyOn(session.task, "passage");
  prepared.later(1);
  prepared.later(2);
  prepared.later();
  expect(read).not.toHaveBeenCalled();
  await rest();
  await expect.poll(() => read.mock.calls.length).toBe(1);
  expect(passage).toHaveBeenCalledWith(2);
  expect(passage).not.toHaveBeenCalledWith(1);
  prepared.later(3);
  await rest();
  expect(passage).not.toHaveBeenCalledWith(3);
});

test("not while it trains, but when that has come to an end", async () => {
  const { session, read, prepared } = begun();
  prepared.later();
  session.isTraining = true;
  await rest();
  expect(read).not.toHaveBeenCalled();
  session.isTraining = false;
  prepared.later();
  await rest();
  await expect.poll(() => read.mock.calls.length).toBe(1);
});

test("not of a run that another has taken the place of, nor does it fail where no answer is possible", async () => {
  const { read, prepared } = begun();
  prepared.later();
  prepared.never();
  prepared.later();
  await rest();
  expect(read).not.toHaveBeenCalled();
  const other = begun();
  other.read.mockImplementation(() => {
    throw new Error("no answer");
  });
  other.prepared.later();
  await rest();
  await expect.poll(() => other.read.mock.calls.length).toBe(1);
});
