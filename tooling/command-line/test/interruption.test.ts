import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { exitCodeOf, Interruption } from "../src/interruption.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("the first signal is a request, its echo is nothing, the next one quits at once", () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never); // Its type says that it never returns.
  const onFirst = vi.fn();
  using interruption = new Interruption(onFirst);
  process.emit("SIGTERM", "SIGTERM");
  expect(interruption.signal).toBe("SIGTERM");
  vi.advanceTimersByTime(100);
  process.emit("SIGINT", "SIGINT");
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  process.emit("SIGINT", "SIGINT");
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  expect(onFirst).toHaveBeenCalledOnce();
  expect(interruption.signal).toBe("SIGTERM");
});

test("it listens no longer than it lives", () => {
  const before = process.listenerCount("SIGINT");
  {
    using _ = new Interruption(() => {});
    expect(process.listenerCount("SIGINT")).toBe(before + 1);
  }
  expect(process.listenerCount("SIGINT")).toBe(before);
});

test("exit codes are 128 and the signal's number", () => {
  expect([exitCodeOf("SIGINT"), exitCodeOf("SIGTERM"), exitCodeOf("SIGHUP")]).toEqual([128 + 2, 128 + 15, 128 + 1]);
});

test.each([true, false])(
  "a closed terminal is a request, unless the program was started to outlive it (%s)",
  (ignored) => {
    using interruption = new Interruption(() => {}, ignored);
    process.emit("SIGHUP", "SIGHUP");
    expect(interruption.signal).toBe(ignored ? undefined : "SIGHUP");
  },
);
