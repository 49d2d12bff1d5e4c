/** Questions while a run trains, and first questions: nothing is compiled then, and the answers are the same. */
import { type Tensor, zeros } from "tapegrad";
import { expect, test, vi } from "vitest";
import { compiledAtRest } from "../src/engine/compiled-at-rest.ts";
import { Session } from "../src/engine/session.ts";
import { defaultSettings } from "../src/engine/settings.ts";
import { flow } from "../src/lenses/gradients/answer-flow.ts";
import { activity } from "../src/lenses/health/activity.ts";
import { influence } from "../src/lenses/influence/answer.ts";
import { inside } from "../src/lenses/inside/answer.ts";

const asked = {
  Inside: (session: Session) => inside(session, { position: 2, layer: 0, unit: 0, held: undefined }).outputs,
  Gradients: (session: Session) => flow(session, { position: 2 }).layers.flatMap(({ h }) => h),
  Influence: (session: Session) => influence(session, { position: 2, score: 1, untrained: false }).norms,
  "Influence before training": (session: Session) =>
    influence(session, { position: 2, score: 1, untrained: true }).norms,
  Health: (session: Session) => activity(session, 2).flatMap(({ gates }) => gates.map(({ high }) => high)),
};

test.each(Object.entries(asked))("%s holds neither training nor its first answer up for compiling", async (_, ask) => {
  const session = new Session({ ...defaultSettings, hidden: 4 });
  session.step();
  const { backend } = session.parameters[0]?.value ?? {};
  if (backend?.compile === undefined) throw new Error("the backend compiles nothing");
  const own = backend.compile;
  const compile = vi.fn(own);
  Object.assign(backend, { compile });
  // The passage's beginning may be a program that training itself has made.
  session.predict(session.task.passage(2).inputs, session.statesBefore(session.task.passage(2)));
  compile.mockClear();
  session.isTraining = true;
  const meanwhile = Array.from(ask(session));
  expect(compile).not.toHaveBeenCalled();
  session.isTraining = false;
  ask(session);
  expect(compile).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(compile).toHaveBeenCalled(), { timeout: 60_000 });
  const atRest = Array.from(ask(session));
  session.isTraining = true;
  compile.mockClear();
  ask(session);
  expect(compile).not.toHaveBeenCalled();
  expect(meanwhile.length).toBeGreaterThan(0);
  for (const [i, value] of atRest.entries()) expect(meanwhile[i]).toBeCloseTo(value, 5);
  Object.assign(backend, { compile: own });
});

test("a question that fails is told to whoever asks, and nobody else", () => {
  vi.useFakeTimers();
  const session = new Session({ ...defaultSettings, hidden: 4 });
  const failing = compiledAtRest(session, (_: Tensor): Tensor => {
    throw new RangeError("no answer");
  });
  expect(() => failing(zeros([1]))).toThrow("no answer");
  expect(vi.getTimerCount()).toBe(0);
  let calls = 0;
  const once = compiledAtRest(session, (x: Tensor) => {
    if (++calls > 1) throw new RangeError("only once");
    return x;
  });
  once(zeros([1]));
  vi.runAllTimers();
  expect(calls).toBe(2);
  expect(() => once(zeros([1]))).toThrow("only once");
  vi.useRealTimers();
});
