/** The worker of the engine: it owns the run, and answers questions between its steps. */
import { expose } from "comlink";
import { synchronize, TapegradError, zeros } from "tapegrad";
import { Prepared } from "./prepared.ts";
import type { EngineApi } from "./protocol.ts";
import { type Answer, type Answerer, type Argument, type Question, questions } from "./questions.ts";
import { Session } from "./session.ts";
import { Trainer } from "./trainer.ts";

/** Milliseconds after a start in which the page's first questions are answered, before the first step is prepared. */
const warmUpDelay = 150;

/** Of the first view: answered before the compiler is there, which loads meanwhile. */
const withoutCompiler: ReadonlySet<Question> = new Set<Question>(["reading", "writing"]);

let trainer: Trainer | undefined;
let prepared: Prepared | undefined;
/** The first view's questions to be asked again, until that has been done. */
let early: (() => unknown)[] | undefined;

/** Compiles what a step needs, and the first view's questions, so that training waits for none of it. */
async function warmUp(made: Trainer): Promise<void> {
  await made.warmUp();
  const asked = early ?? [];
  early = undefined;
  for (const ask of asked) {
    await new Promise((resolve) => setTimeout(resolve));
    if (trainer !== made || made.session.isTraining) return;
    ask();
  }
  prepared?.later();
}

function started(): Trainer {
  if (trainer === undefined) throw new TapegradError("engine", "there is no model yet", "call start first");
  return trainer;
}

export const engine: EngineApi = {
  async start(settings, from) {
    const backend = zeros([1]).backend.name;
    const session = new Session(settings);
    if (from !== undefined) session.restore(from);
    const summary = session.summary(backend);
    // What is refused throws before this line, and what was there stays.
    trainer?.pause();
    const made = new Trainer(session);
    trainer = made;
    prepared?.never();
    prepared = new Prepared(session);
    early = [];
    setTimeout(() => {
      // Without the compiler, it is training that fails, and says why.
      if (trainer === made) warmUp(made).catch(() => {});
    }, warmUpDelay);
    return summary;
  },
  async stepOnce() {
    await synchronize();
    return started().stepOnce();
  },
  async train(speed, reports, goal) {
    const present = started();
    present.speed = speed;
    try {
      return await present.train((report) => reports.postMessage(report), goal);
    } finally {
      reports.postMessage(undefined);
      prepared?.later();
    }
  },
  pause() {
    trainer?.pause();
  },
  setSpeed(speed) {
    started().speed = speed;
  },
  setLearningRate(rate) {
    const { session } = started();
    session.learningRate = rate;
    return session.steps;
  },
  seek: (step) => started().seek(step),
  rewind: () => started().rewind(),
  snapshot: () => started().session.snapshot(),
  async ask<Name extends Question>(question: Name, argument: Argument<Name>): Promise<Answer<Name>> {
    // The one cast: a table's entry, its argument and its answer belong together by the types of `questions`.
    const answer = (await questions[question]()) as Answerer<Argument<Name>, Answer<Name>>;
    const { session } = started();
    if (withoutCompiler.has(question)) early?.push(() => answer(session, argument));
    else await synchronize();
    prepared?.later("position" in argument ? argument.position : undefined);
    return answer(session, argument);
  },
};

expose(engine);
